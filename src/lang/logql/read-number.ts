import { parseGoFloat } from './quantity.ts'

/** The value of a number token, or Loki's words for why it has none. */
export function readNumber(text: string, what = 'literal'): { value: number; broken?: string } {
  const read = parseGoFloat(text)
  if ('value' in read) return { value: read.value }
  return { value: 0, broken: `unable to parse ${what} as a float: ${read.fault}` }
}
