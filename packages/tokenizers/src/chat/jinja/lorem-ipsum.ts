import type { Render } from './render.ts'

const words = (
  'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna ' +
  'aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat duis ' +
  'aute irure in reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur sint occaecat cupidatat ' +
  'non proident sunt culpa qui officia deserunt mollit anim id est laborum'
).split(' ')

/** Paragraphs of `min` to `max` words in Latin that mean nothing. */
export function loremIpsum(render: Render, count: number, min: number, max: number): string[] {
  render.budget.items(Math.max(0, count))
  return Array.from({ length: Math.max(0, count) }, () => {
    const size = Math.max(1, between(min, max))
    render.budget.items(size)
    const sentence: string[] = []
    let starts = true
    for (let i = 0; i < size; i++) {
      const word = words[between(0, words.length)]!
      const ends = i === size - 1 || between(0, 12) === 0
      sentence.push((starts ? word[0]!.toUpperCase() + word.slice(1) : word) + (ends ? '.' : ''))
      starts = ends
    }
    return sentence.join(' ')
  })
}

const between = (min: number, max: number) =>
  min + Math.floor(Math.random() * Math.max(0, max - min))
