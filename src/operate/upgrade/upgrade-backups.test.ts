import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  bringBack,
  listUpgradeBackups,
  refuseHalfWay,
  removeUpgradeBackups,
  takeUpgradeBackup,
} from './upgrade-backups.ts'

const NOTE = { schema: 3, metadata: { access: 1 }, program: '0.0.1' }
const LARGE = Buffer.alloc(100_000, 7)
let folder = ''
const at = (name: string): string => path.join(folder, name)
const write = (name: string, content: string | Buffer): void => {
  mkdirSync(path.dirname(at(name)), { recursive: true })
  writeFileSync(at(name), content)
}
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-upgrade-'))
  write('metadata.sqlite', 'before')
  write('engine/db/store/abc/part/data.bin', LARGE)
  write('engine/db/store/abc/part/count.txt', '1')
  write('engine/db/shadow/held/data.bin', LARGE)
  write('engine/config.xml', 'a secret')
  write('engine.sock', '')
  write('backup/x', 'x')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('links what is large and never changes, copies the rest, and leaves out what is no data', () => {
  const { folder: taken } = takeUpgradeBackup(folder, NOTE)
  const inode = (name: string): number => statSync(name).ino
  const part = 'engine/db/store/abc/part'
  expect(inode(path.join(taken, part, 'data.bin'))).toBe(inode(at(`${part}/data.bin`)))
  expect(inode(path.join(taken, part, 'count.txt'))).not.toBe(inode(at(`${part}/count.txt`)))
  expect(readdirSync(taken).sort()).toEqual(['engine', 'metadata.sqlite', 'version.json'])
  expect(readdirSync(path.join(taken, 'engine'))).toEqual(['db'])
  expect(listUpgradeBackups(folder)).toMatchObject([{ schema: 3, note: NOTE }])
  takeUpgradeBackup(folder, { ...NOTE, schema: 4 })
  expect(listUpgradeBackups(folder).map(({ schema }) => schema)).toEqual([4])
  expect(removeUpgradeBackups(folder, Date.now() - 1000)).toEqual([])
  expect(removeUpgradeBackups(folder, Date.now() + 1000)).toHaveLength(1)
  expect(listUpgradeBackups(folder)).toEqual([])
})

it.each([0, 1, 2, 3])('goes back as a whole, also after an interruption at step %i', (step) => {
  const { folder: taken } = takeUpgradeBackup(folder, NOTE)
  write('metadata.sqlite', 'after')
  write('new', 'of after')
  const aside = at('after-upgrade-x')
  const journal = { backup: taken, aside, names: ['engine', 'metadata.sqlite', 'new'] }
  if (step > 0) write('downgrade.json', JSON.stringify(journal))
  if (step > 1) {
    mkdirSync(aside)
    renameSync(at('engine'), path.join(aside, 'engine'))
    renameSync(at('metadata.sqlite'), path.join(aside, 'metadata.sqlite'))
  }
  if (step > 2) {
    renameSync(at('new'), path.join(aside, 'new'))
    renameSync(path.join(taken, 'version.json'), at('version.json'))
    renameSync(path.join(taken, 'metadata.sqlite'), at('metadata.sqlite'))
  }
  const { aside: where } = bringBack(folder, Date.UTC(2026, 0, 1))
  expect(readFileSync(at('metadata.sqlite'), 'utf8')).toBe('before')
  expect(readFileSync(at('engine/db/store/abc/part/data.bin')).equals(LARGE)).toBe(true)
  expect(readFileSync(path.join(where, 'metadata.sqlite'), 'utf8')).toBe('after')
  expect(readdirSync(where).sort()).toEqual(['engine', 'metadata.sqlite', 'new'])
  expect(readdirSync(folder)).not.toContain('new')
  expect(listUpgradeBackups(folder)).toEqual([])
  refuseHalfWay(folder)
})

it('half way keeps a server from starting', () => {
  write('downgrade.json', '{}')
  expect(() => refuseHalfWay(folder)).toThrow(/run vedette downgrade --data/)
})

it('is whole or not there', () => {
  mkdirSync(at('before-upgrade-9.part'))
  mkdirSync(at('before-upgrade-8'))
  linkSync(at('metadata.sqlite'), at('before-upgrade-8/metadata.sqlite'))
  expect(listUpgradeBackups(folder)).toEqual([])
  expect(() => bringBack(folder, 0)).toThrow(/there is no backup of an upgrade/)
})
