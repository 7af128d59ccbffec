import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { memoryFolderOf, openMemoryFolder, removeDeadFolders } from './memory-folder.ts'

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vedette-memory-'))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

async function open(name: string): Promise<string> {
  const folder = await openMemoryFolder(root, name)
  if (folder === undefined) throw new Error('not opened')
  return folder
}

/** What is written as the owner is changed by `changes`. */
function disown(folder: string, changes: Readonly<Record<string, unknown>>): void {
  const file = join(folder, 'owner')
  const owner: unknown = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify(Object.assign({}, owner, changes)))
}

it('is emptied of what an earlier process of the same data left', async () => {
  const folder = await open('/data/a')
  writeFileSync(join(folder, 'left'), 'x')
  expect(await open('/data/a')).toBe(folder)
  expect(readdirSync(folder)).toEqual(['owner'])
  expect(folder).toBe(memoryFolderOf(root, '/data/a'))
})

it('is removed once its process is dead, and only then', async () => {
  const gone = spawn('true')
  await new Promise((resolve) => gone.once('exit', resolve))
  const [running, killed, rebooted, elsewhere, foreign, unknown] = await Promise.all(
    ['running', 'killed', 'rebooted', 'elsewhere', 'foreign', 'unknown'].map(open),
  )
  if (!killed || !rebooted || !elsewhere || !foreign || !unknown || !running) throw new Error()
  disown(killed, { pid: gone.pid })
  disown(rebooted, { bootId: 'another boot' })
  disown(elsewhere, { pid: gone.pid, pidNamespace: 'of a container' })
  disown(foreign, { pid: gone.pid })
  chmodSync(foreign, 0o755)
  rmSync(join(unknown, 'owner'))
  mkdirSync(join(root, 'vedette-of-another-kind'))
  await removeDeadFolders(root)
  const found = [running, killed, rebooted, elsewhere, foreign, unknown].map(existsSync)
  expect(found).toEqual([true, false, false, true, true, true])
  expect(existsSync(join(root, 'vedette-of-another-kind'))).toBe(true)
})

it('is done without where there is none', async () => {
  await removeDeadFolders(join(root, 'absent'))
  expect(await openMemoryFolder('/proc/absent', '/data')).toBeUndefined()
})
