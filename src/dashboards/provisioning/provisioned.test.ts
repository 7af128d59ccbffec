import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { builtInDatasources } from '../../lang/dashboard/datasource.ts'
import { createLog } from '../../self/log.ts'
import type { Metadata } from '../../store/metadata/metadata.ts'
import { openMetadata } from '../../store/metadata/open.ts'
import { Folders } from '../folders.ts'
import { DashboardLibrary } from '../library.ts'
import { uidOf } from '../names.ts'
import type { Provider } from './provider.ts'

const ADA = { name: 'ada' }
let folder: string
let metadata: Metadata
let library: DashboardLibrary
let lines: string[]

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-provisioning-'))
  lines = []
  const log = createLog({ level: 'warn', write: (line) => lines.push(line) })
  metadata = await openMetadata({ path: path.join(folder, 'metadata.db') }, log)
  const folders = new Folders(metadata, Date.now)
  const datasources = () => builtInDatasources
  library = new DashboardLibrary({ metadata, folders, log, datasources, nowMs: Date.now })
})
afterEach(async () => {
  await library.files.stop()
  await metadata.close()
  rmSync(folder, { recursive: true, force: true })
})

const provider = (more: Partial<Provider> = {}): Provider => ({
  ...{ name: 'test', folder: 'Files', folderUid: undefined, paths: [path.join(folder, 'd')] },
  ...{ foldersFromFilesStructure: false, allowUiUpdates: true, disableDeletion: false },
  ...{ updateIntervalMs: 3_600_000, ...more },
})

function write(name: string, value: unknown): string {
  const file = path.join(folder, 'd', name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value))
  return file
}

const titles = async (): Promise<string[]> =>
  (await library.list()).map(({ title }) => title).sort()
const save = (dashboard: object) =>
  library.save(ADA, { dashboard, folderUid: undefined, overwrite: false, message: '' })

describe('files', () => {
  it('are dashboards of their folder, which is made once', async () => {
    write('a.json', { title: 'A', uid: 'a', tags: ['x'] })
    write('deep/b.json', { title: 'B' })
    write('notes.txt', 'nothing')
    write('.hidden/c.json', { title: 'C' })
    await library.files.apply([provider()])
    expect(await titles()).toEqual(['A', 'B'])
    const [files] = await library.folders.list()
    expect(files).toMatchObject({ title: 'Files', createdBy: 'provisioning' })
    const a = await library.get('a')
    expect(a).toMatchObject({ folderUid: files?.uid, version: 1, origin: { kind: 'file' } })
    // Without a uid of its own it has always the same.
    expect((await library.get(uidOf('test:deep/b.json'))).title).toBe('B')
    await library.files.apply([provider()])
    expect(await library.folders.list()).toHaveLength(1)
  })

  it('may have the folders that they are in', async () => {
    write('web/front/a.json', { title: 'A', uid: 'a' })
    write('b.json', { title: 'B', uid: 'b' })
    await library.files.apply([provider({ foldersFromFilesStructure: true })])
    const folders = await library.folders.list()
    expect(folders.map(({ title }) => title)).toEqual(['web', 'front'])
    expect((await library.get('a')).folderUid).toBe(folders[1]?.uid)
    expect((await library.get('b')).folderUid).toBe('')
  })

  it('are followed by themselves', async () => {
    write('a.json', { title: 'A', uid: 'a' })
    await library.files.apply([provider({ updateIntervalMs: 20 })])
    write('a.json', { title: 'A changed', uid: 'a' })
    write('b.json', { title: 'B', uid: 'b' })
    await until(async () => (await titles()).join() === 'A changed,B')
    rmSync(path.join(folder, 'd', 'b.json'))
    await until(async () => (await titles()).join() === 'A changed')
    rmSync(path.join(folder, 'd'), { recursive: true })
    await until(async () => (await titles()).length === 0)
  })

  it('that are wrong keep what they were, and are told once', async () => {
    const file = write('a.json', { title: 'A', uid: 'a' })
    await library.files.apply([provider()])
    write('a.json', '{\n  "title": "A",\n  "panels": [,]\n}')
    write('b.json', { panels: [] })
    write('c.json', { title: 'C', uid: '../../etc' })
    await library.files.rescan()
    await library.files.rescan()
    expect(await titles()).toEqual(['A'])
    const faults = library.files
      .faults()
      .map(({ file: name, message }) => `${path.basename(name)}: ${message}`)
    expect(faults[0]).toMatch(/^a\.json: 3:14: not JSON: /)
    expect(faults[1]).toBe('b.json: the dashboard has no title')
    expect(faults[2]).toMatch(/^c\.json: the uid "\.\.\/\.\.\/etc" is none/)
    expect(lines.filter((line) => line.includes(file))).toHaveLength(1)
  })

  it('of the same uid: the first is shown, the other is reported', async () => {
    write('a.json', { title: 'A', uid: 'same' })
    write('b.json', { title: 'B', uid: 'same' })
    await library.files.apply([provider()])
    expect(await titles()).toEqual(['A'])
    expect(library.files.faults()[0]?.message).toMatch(/has the uid same of .*a\.json/)
  })

  it('that lead out of the folder are not read', async () => {
    const outside = path.join(folder, 'outside')
    mkdirSync(outside)
    writeFileSync(path.join(outside, 'x.json'), '{"title":"Outside","uid":"outside"}')
    write('..data/in.json', { title: 'In', uid: 'in' })
    symlinkSync('..data/in.json', path.join(folder, 'd', 'in.json'))
    symlinkSync(outside, path.join(folder, 'd', 'link'))
    symlinkSync(path.join(outside, 'x.json'), path.join(folder, 'd', 'x.json'))
    symlinkSync('.', path.join(folder, 'd', 'loop'))
    symlinkSync('nowhere', path.join(folder, 'd', 'broken.json'))
    await library.files.apply([provider()])
    expect(await titles()).toEqual(['In'])
    expect(
      library.files.faults().filter(({ message }) => message.includes('leads out')),
    ).toHaveLength(2)
  })

  it('bind ${DS_…}, and may be wrapped as the API answers', async () => {
    write('a.json', {
      dashboard: {
        title: 'W',
        uid: 'w',
        panels: [{ id: 1, type: 'stat', datasource: '${DS_PROMETHEUS}' }],
      },
      meta: {},
    })
    write('b.json', {
      title: 'B',
      uid: 'b',
      __inputs: [{ name: 'DS_X', type: 'datasource', pluginId: 'loki' }],
      panels: [{ datasource: { type: 'loki', uid: '${DS_X}' } }],
    })
    await library.files.apply([provider()])
    expect(JSON.stringify((await library.get('w')).raw)).not.toContain('${DS_')
    expect((await library.get('b')).raw['panels']).toEqual([
      { datasource: { type: 'loki', uid: 'loki' } },
    ])
  })
})

describe('a copy in front of a file', () => {
  it('is saved, marked, kept when the file changes, and taken away', async () => {
    write('a.json', { title: 'A', uid: 'a' })
    await library.files.apply([provider()])
    expect(await save({ title: 'A mine', uid: 'a', version: 1 })).toMatchObject({
      ...{ version: 2, title: 'A mine' },
      origin: { kind: 'copy', hasFileChanged: false },
    })
    await expect(save({ title: 'A again', uid: 'a', version: 1 })).rejects.toMatchObject({
      status: 412,
    })
    write('a.json', { title: 'A of the file, changed', uid: 'a' })
    await library.files.rescan()
    expect(await library.get('a')).toMatchObject({
      title: 'A mine',
      origin: { hasFileChanged: true },
    })
    expect(await save({ title: 'A mine 2', uid: 'a', version: 2 })).toMatchObject({
      origin: { hasFileChanged: true },
    })
    expect((await library.versions('a')).map(({ version }) => version)).toEqual([3, 2, 1])
    await expect(library.remove('a')).rejects.toMatchObject({ status: 400 })
    expect(await library.resetToFile('a')).toMatchObject({
      title: 'A of the file, changed',
      version: 1,
    })
    expect(await titles()).toEqual(['A of the file, changed'])
  })

  it('is refused where the provider says so, as is deleting a file', async () => {
    write('a.json', { title: 'A', uid: 'a' })
    await library.files.apply([provider({ allowUiUpdates: false })])
    await expect(save({ title: 'B', uid: 'a', version: 1 })).rejects.toMatchObject({
      refusal: 'save-provisioned',
    })
    await expect(library.remove('a')).rejects.toMatchObject({ refusal: 'delete-provisioned' })
    await expect(library.resetToFile('nothing')).rejects.toMatchObject({ status: 404 })
  })

  it('stands by itself when the file is gone; with disableDeletion, so does the file', async () => {
    write('a.json', { title: 'A', uid: 'a' })
    const gone = write('b.json', { title: 'B', uid: 'b' })
    await library.files.apply([provider({ disableDeletion: true })])
    await save({ title: 'A mine', uid: 'a', version: 1 })
    rmSync(path.join(folder, 'd', 'a.json'))
    rmSync(gone)
    await library.files.rescan()
    expect(await library.get('a')).toMatchObject({ title: 'A mine', origin: { kind: 'saved' } })
    expect(await library.get('b')).toMatchObject({ title: 'B', origin: { kind: 'saved' } })
  })
})

async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await isDone()) return
    await sleep(10)
  }
  throw new Error('it did not happen')
}
