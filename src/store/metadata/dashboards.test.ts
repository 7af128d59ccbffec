import { expect, it } from 'vitest'
import {
  countTags,
  deleteAnnotation,
  insertAnnotation,
  selectAnnotations,
  updateAnnotation,
} from './annotations.ts'
import {
  deleteDashboard,
  findDashboard,
  findPreferences,
  findVersion,
  insertDashboard,
  listDashboards,
  listStars,
  listVersions,
  savePreferences,
  setStar,
  updateDashboard,
  type DashboardWrite,
} from './dashboards.ts'
import { deleteFolders, insertFolder, listFolders, updateFolder } from './folders.ts'
import { describeEachDatabase } from './testing/each-database.ts'
import { insertUser } from './users.ts'

const BY = { by: 'ada', atMs: 1_763_700_000_123 }
const write = (uid: string, more: Partial<DashboardWrite> = {}): DashboardWrite => ({
  ...{ uid, folderUid: '', title: uid.toUpperCase(), tags: ['a'], json: '{"a":"\\u0000"}' },
  ...{ fileHash: '', message: 'm', restoredFrom: 0, ...more },
})
const note = (text: string, timeMs: number, tags: string[]) => ({
  ...{ dashboardUid: 'a', panelId: 1, timeMs, timeEndMs: timeMs, text, tags },
  ...{ createdBy: 'ada', userId: 0 },
})

describeEachDatabase('dashboards', ({ open }) => {
  it('are added, changed while nobody else does, and removed with their history', async () => {
    const metadata = await open()
    expect(await insertDashboard(metadata, write('a'), BY)).toMatchObject({
      version: 1,
      tags: ['a'],
    })
    expect(await insertDashboard(metadata, write('a'), BY)).toBeUndefined()
    const first = { uid: 'a', version: 1 }
    const both = await Promise.all([
      updateDashboard(metadata, first, write('a', { title: 'one' }), BY),
      updateDashboard(metadata, first, write('a', { title: 'two' }), BY),
    ])
    expect(both.filter((each) => each !== undefined)).toHaveLength(1)
    expect(await findDashboard(metadata, 'a')).toMatchObject({
      version: 2,
      json: '{"a":"\\u0000"}',
    })
    expect((await listVersions(metadata, 'a')).map(({ version }) => version)).toEqual([2, 1])
    expect(await findVersion(metadata, 'a', 1)).toMatchObject({ parentVersion: 0, message: 'm' })
    expect(await updateDashboard(metadata, { uid: 'a', version: 2 }, write('b'), BY)).toMatchObject(
      { uid: 'b' },
    )
    expect((await listVersions(metadata, 'b')).map(({ version }) => version)).toEqual([3, 2, 1])
    expect(await deleteDashboard(metadata, 'b', { keepsMarks: false })).toBe(true)
    expect(await deleteDashboard(metadata, 'b', { keepsMarks: false })).toBe(false)
    expect([await listDashboards(metadata), await listVersions(metadata, 'b')]).toEqual([[], []])
  })

  it('are starred by users, who have preferences', async () => {
    const metadata = await open()
    const user = await insertUser(
      metadata,
      {
        login: 'a',
        name: '',
        email: '',
        kind: 'person',
        role: 'viewer',
        passwordHash: undefined,
        disabled: false,
      },
      0,
    )
    const id = user?.id ?? 0
    await setStar(metadata, id, 'a', true)
    await setStar(metadata, id, 'a', true)
    await setStar(metadata, id, 'b', true)
    await setStar(metadata, id, 'b', false)
    expect([...(await listStars(metadata, id))]).toEqual(['a'])
    await savePreferences(metadata, 'org', '{}')
    await savePreferences(metadata, 'org', '{"theme":"dark"}')
    expect(await findPreferences(metadata, 'org')).toBe('{"theme":"dark"}')
    expect(await findPreferences(metadata, 'user:1')).toBeUndefined()
  })

  it('go with their folders', async () => {
    const metadata = await open()
    const folder = { uid: 'f', parentUid: '', title: 'F', description: '' }
    const made = await insertFolder(metadata, folder, BY)
    expect(await insertFolder(metadata, folder, BY)).toBeUndefined()
    const before = { uid: 'f', version: made?.version ?? 0 }
    expect(await updateFolder(metadata, before, { ...folder, title: 'G' }, BY)).toMatchObject({
      title: 'G',
      version: 2,
    })
    expect(await updateFolder(metadata, before, { ...folder, title: 'H' }, BY)).toBeUndefined()
    await insertDashboard(metadata, write('in', { folderUid: 'f' }), BY)
    await insertDashboard(metadata, write('out'), BY)
    await deleteFolders(metadata, ['f'])
    expect(await listFolders(metadata)).toEqual([])
    expect((await listDashboards(metadata)).map(({ uid }) => uid)).toEqual(['out'])
  })

  it('have annotations, found by time and tags', async () => {
    const metadata = await open()
    const first = await insertAnnotation(metadata, note('1', 1000, ['x', 'y']), 5)
    await insertAnnotation(metadata, note('2', 2000, ['x']), 5)
    const texts = async (query: Omit<Parameters<typeof selectAnnotations>[1], 'limit'>) =>
      (await selectAnnotations(metadata, { ...query, limit: 10 })).map(({ text }) => text)
    expect(await texts({})).toEqual(['2', '1'])
    expect(await texts({ fromMs: 1000, toMs: 1999 })).toEqual(['1'])
    expect(await texts({ tags: ['x', 'y'] })).toEqual(['1'])
    expect(await texts({ tags: ['z', 'y'], matchAny: true })).toEqual(['1'])
    expect(await texts({ dashboardUid: 'b' })).toEqual([])
    expect(await countTags(metadata, { contains: 'X', limit: 5 })).toEqual([{ tag: 'x', count: 2 }])
    expect(await countTags(metadata, { contains: '%', limit: 5 })).toHaveLength(2)
    const change = { timeMs: 1, timeEndMs: 2, text: 'c', tags: ['z'] }
    expect(await updateAnnotation(metadata, first, change, 6)).toBe(true)
    expect(await texts({ tags: ['z'] })).toEqual(['c'])
    expect(await deleteAnnotation(metadata, first)).toBe(true)
    expect(await updateAnnotation(metadata, first, change, 6)).toBe(false)
    expect(await countTags(metadata, { contains: 'z', limit: 5 })).toEqual([])
  })
})
