import { readFile } from 'node:fs/promises'
import { messageOf } from '../model/problem.ts'

/** A secret of a file, without white space around it; undefined where there is no file. Rejects with the file's name. */
export async function readSecretFile(
  what: string,
  file: string | undefined,
): Promise<string | undefined> {
  if (file === undefined) return undefined
  return (await readTextFile(`unable to read ${what} file ${file}`, file)).trim()
}

/** Rejects with the fault and why. */
export async function readTextFile(fault: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    throw new Error(`${fault}: ${messageOf(thrown)}`, { cause: thrown })
  }
}
