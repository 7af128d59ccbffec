import { decodeUtf8 } from '../text-codec.ts'
import { NEWLINE } from './char-class.ts'

/** What is wrong with a page and where. `line` counts from 1; it is 0 when the page as a whole is meant. */
export interface Fault {
  readonly line: number
  readonly message: string
}

const EXCERPT_BYTES = 120

/** Ends the reading of a page; readers throw it and the parser makes a `Fault` of it. */
export class PageFault extends Error {
  readonly position: number

  constructor(position: number, message: string) {
    super(message)
    this.position = position
  }
}

/** The fault with its line number and the beginning of that line. */
export function describeFault(bytes: Uint8Array, fault: PageFault): Fault {
  const position = Math.min(fault.position, bytes.length)
  const line = lineAt(bytes, position)
  const start = bytes.lastIndexOf(NEWLINE, Math.max(0, position - 1)) + 1
  const from = position === 0 ? 0 : Math.min(start, position)
  const newline = bytes.indexOf(NEWLINE, from)
  const end = Math.min(newline === -1 ? bytes.length : newline, from + EXCERPT_BYTES)
  return { line, message: `${fault.message}: ${JSON.stringify(decodeUtf8(bytes, from, end))}` }
}

/** The number of the line that holds a position, from 1. */
function lineAt(bytes: Uint8Array, position: number): number {
  let line = 1
  for (let i = 0; i < position; i++) if (bytes[i] === NEWLINE) line++
  return line
}

/** What stands at a position, for messages. */
export function foundAt(bytes: Uint8Array, position: number): string {
  if (position >= bytes.length) return 'the end of the page'
  if (bytes[position] === NEWLINE) return 'the end of the line'
  return JSON.stringify(decodeUtf8(bytes, position, Math.min(bytes.length, position + 4)).charAt(0))
}
