import { createInterface } from 'node:readline'
import { passwordFault } from '../access/password.ts'
import { UsageError } from './usage-error.ts'

/** What of a terminal a password is read from. */
interface PasswordTerminal {
  readonly isTTY: boolean
  setRawMode(raw: boolean): unknown
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  off(event: 'data', listener: (chunk: Buffer) => void): unknown
  resume(): unknown
  pause(): unknown
}

/**
 * A new password from the terminal, twice and unseen, or the first line of what is piped in: never an argument, which every user
 * of the machine can see. Throws a `UsageError` that says what is wrong with it.
 */
export async function readNewPassword(
  input: PasswordTerminal | NodeJS.ReadableStream,
  ask: (text: string) => void,
): Promise<string> {
  if (!isTerminal(input)) return checked(await firstLine(input))
  const password = checked(await readUnseen(input, ask, 'New password: '))
  if ((await readUnseen(input, ask, 'Again: ')) === password) return password
  throw new UsageError('the two are not the same')
}

function isTerminal(input: PasswordTerminal | NodeJS.ReadableStream): input is PasswordTerminal {
  return 'isTTY' in input && input.isTTY && 'setRawMode' in input
}

function checked(password: string): string {
  const fault = passwordFault(password)
  if (fault !== undefined) throw new UsageError(fault)
  return password
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input })) return line
  throw new UsageError('no password: type it, pipe it in, or use --generate')
}

const ENTER = new Set(['\r', '\n', '\u0004'])
const INTERRUPT = '\u0003'
const ERASE = new Set(['\u007f', '\b'])

function readUnseen(
  input: PasswordTerminal,
  ask: (text: string) => void,
  prompt: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let characters: string[] = []
    const end = (settle: () => void): void => {
      input.off('data', take)
      input.setRawMode(false)
      input.pause()
      ask('\n')
      settle()
    }
    const take = (chunk: Buffer): void => {
      for (const character of chunk.toString('utf8')) {
        if (character === INTERRUPT) return end(() => reject(new UsageError('interrupted')))
        if (ENTER.has(character)) return end(() => resolve(characters.join('')))
        if (ERASE.has(character)) characters = characters.slice(0, -1)
        else characters.push(character)
      }
    }
    ask(prompt)
    input.setRawMode(true)
    input.on('data', take)
    input.resume()
  })
}
