import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

/** What became of a file, a folder or an account: shown to the person, and what a second run must not repeat. */
export interface StepResult {
  readonly outcome: 'created' | 'changed' | 'unchanged' | 'removed'
  readonly what: string
}

/** Numbers of the account that owns it; undefined leaves the owner as it is. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Makes sure that a folder is there with this owner; its mode is set only when it is made. */
export function makeFolder(folder: string, mode: number, owner: Owner | undefined): StepResult {
  const isThere = existsSync(folder)
  if (!isThere) {
    mkdirSync(folder, { recursive: true })
    chmodSync(folder, mode)
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid)
  }
  return { outcome: isThere ? 'unchanged' : 'created', what: folder }
}

/** Makes sure that a file has this content, in one step; one that has it is not touched. */
export function writeWhole(
  file: string,
  text: string,
  { mode, owner }: { readonly mode: number; readonly owner?: Owner | undefined },
): StepResult {
  const isThere = existsSync(file)
  if (isThere && readFileSync(file, 'utf8') === text) return { outcome: 'unchanged', what: file }
  mkdirSync(path.dirname(file), { recursive: true })
  const draft = `${file}.${process.pid}.new`
  writeFileSync(draft, text, { mode })
  chmodSync(draft, mode)
  if (owner !== undefined) chownSync(draft, owner.uid, owner.gid)
  renameSync(draft, file)
  return { outcome: isThere ? 'changed' : 'created', what: file }
}
