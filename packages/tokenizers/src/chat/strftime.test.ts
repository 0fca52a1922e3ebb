import { expect, it } from 'vitest'
import { strftime } from './strftime.ts'

it('formats dates as Python does', () => {
  const date = new Date(2024, 6, 6, 0, 4, 5, 678)
  const cases: Record<string, string> = {
    '%d %b %Y': '06 Jul 2024',
    '%A, %B %-d, %y': 'Saturday, July 6, 24',
    '%Y-%m-%dT%H:%M:%S.%f%z': '2024-07-06T00:04:05.678000',
    '%I:%M %p|%l|%-I': '12:04 AM|12|12',
    '%j %U %W %V %G %u %w': '188 26 27 27 2024 6 6',
    '%c|%x|%X': 'Sat Jul  6 00:04:05 2024|07/06/24|00:04:05',
    '%e %% %D %F %R %T %C': ' 6 % 07/06/24 2024-07-06 00:04 00:04:05 20',
    '%^a %q %': 'SAT %q %',
  }
  for (const [format, expected] of Object.entries(cases))
    expect(strftime(date, format)).toBe(expected)
})
