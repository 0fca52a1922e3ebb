// Python's strftime in the C locale, for the dates that chat templates print.

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months =
  'January February March April May June July August September October November December'.split(' ')

/** Formats a local date as Python's `datetime.strftime` does; an unknown directive stays as it is. */
export function strftime(date: Date, format: string): string {
  return format.replaceAll(/%([-_^#]?)([A-Za-z%])/g, (all, flag: string, directive: string) => {
    const text = directiveText(date, directive)
    if (text === undefined) return all
    if (flag === '-') return text.replace(/^[0 ]+(?=.)/, '')
    if (flag === '_') return text.replace(/^0+(?=.)/, (zeros) => ' '.repeat(zeros.length))
    return flag === '^' || flag === '#' ? text.toUpperCase() : text
  })
}

const two = (value: number) => String(value).padStart(2, '0')

function directiveText(date: Date, directive: string): string | undefined {
  const hour12 = date.getHours() % 12 || 12
  switch (directive) {
    case 'a':
      return days[date.getDay()]!.slice(0, 3)
    case 'A':
      return days[date.getDay()]!
    case 'b':
    case 'h':
      return months[date.getMonth()]!.slice(0, 3)
    case 'B':
      return months[date.getMonth()]!
    case 'c':
      return strftime(date, '%a %b %e %H:%M:%S %Y')
    case 'C':
      return two(Math.floor(date.getFullYear() / 100))
    case 'd':
      return two(date.getDate())
    case 'D':
    case 'x':
      return strftime(date, '%m/%d/%y')
    case 'e':
      return String(date.getDate()).padStart(2, ' ')
    case 'f':
      return String(date.getMilliseconds() * 1000).padStart(6, '0')
    case 'F':
      return strftime(date, '%Y-%m-%d')
    case 'G':
      return String(isoWeek(date).year)
    case 'H':
      return two(date.getHours())
    case 'I':
      return two(hour12)
    case 'j':
      return String(dayOfYear(date) + 1).padStart(3, '0')
    case 'k':
      return String(date.getHours()).padStart(2, ' ')
    case 'l':
      return String(hour12).padStart(2, ' ')
    case 'm':
      return two(date.getMonth() + 1)
    case 'M':
      return two(date.getMinutes())
    case 'n':
      return '\n'
    case 'p':
      return date.getHours() < 12 ? 'AM' : 'PM'
    case 'r':
      return strftime(date, '%I:%M:%S %p')
    case 'R':
      return strftime(date, '%H:%M')
    case 's':
      return String(Math.floor(date.getTime() / 1000))
    case 'S':
      return two(date.getSeconds())
    case 't':
      return '\t'
    case 'T':
    case 'X':
      return strftime(date, '%H:%M:%S')
    case 'u':
      return String(date.getDay() || 7)
    case 'U':
      return two(Math.floor((dayOfYear(date) + 7 - date.getDay()) / 7))
    case 'V':
      return two(isoWeek(date).week)
    case 'w':
      return String(date.getDay())
    case 'W':
      return two(Math.floor((dayOfYear(date) + 7 - ((date.getDay() + 6) % 7)) / 7))
    case 'y':
      return two(date.getFullYear() % 100)
    case 'Y':
      return String(date.getFullYear())
    // Python's datetime.now() knows no time zone.
    case 'z':
    case 'Z':
      return ''
    case '%':
      return '%'
  }
  return undefined
}

const dayOfYear = (date: Date): number =>
  Math.round(
    (Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) -
      Date.UTC(date.getFullYear(), 0, 1)) /
      86_400_000,
  )

/** The ISO year and week: a week belongs to the year of its Thursday. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = new Date(
    date.getFullYear(),
    date.getMonth(),
    date.getDate() + 4 - (date.getDay() || 7),
  )
  return { year: thursday.getFullYear(), week: 1 + Math.floor(dayOfYear(thursday) / 7) }
}
