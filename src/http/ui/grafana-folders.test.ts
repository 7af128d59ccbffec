import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { textOf, type JsonObject } from '../../lang/dashboard/json-value.ts'
import {
  openGrafanaBench,
  providerOf,
  writeJson,
  type GrafanaBench,
} from './testing/grafana-bench.ts'

let bench: GrafanaBench
beforeAll(async () => {
  bench = await openGrafanaBench()
})
afterAll(() => bench.close())

const post = (path: string, body: JsonObject) => bench.ask('ed', 'POST', path, body)
const create = (body: JsonObject) => post('/api/folders', body)

describe('folders', () => {
  it('are made, found, renamed and removed', async () => {
    const made = await create({ title: 'Web' })
    expect(made.status).toBe(200)
    expect(made.body).toMatchObject({ title: 'Web', version: 1, canSave: true, createdBy: 'ed' })
    const uid = textOf(made.body['uid']) ?? ''
    expect(made.body['url']).toBe(`/dashboards/f/${uid}/web`)
    const byId = await bench.ask('vi', 'GET', `/api/folders/id/${textOf(made.body['id'])}`)
    expect(byId.body).toMatchObject({ uid, canSave: false })
    const stale = await bench.ask('ed', 'PUT', `/api/folders/${uid}`, {
      title: 'Web 2',
      version: 7,
    })
    expect([stale.status, stale.body['status']]).toEqual([412, 'version-mismatch'])
    const renamed = await bench.ask('ed', 'PUT', `/api/folders/${uid}`, {
      title: 'Web 2',
      version: 1,
    })
    expect(renamed.body).toMatchObject({ uid, title: 'Web 2', version: 2 })
    await post('/api/dashboards/db', {
      dashboard: { title: 'In web', uid: 'inweb' },
      folderUid: uid,
    })
    expect((await bench.ask('vi', 'GET', `/api/folders/${uid}/counts`)).body).toMatchObject({
      dashboard: 1,
      folder: 0,
    })
    const gone = await bench.ask('ed', 'DELETE', `/api/folders/${uid}?forceDeleteRules=false`)
    expect([gone.status, gone.body['message']]).toEqual([200, 'Folder Web 2 deleted'])
    expect((await bench.ask('vi', 'GET', `/api/folders/${uid}`)).body).toEqual({
      status: 'not-found',
      message: 'folder not found',
    })
    expect((await bench.ask('vi', 'GET', '/api/dashboards/uid/inweb')).status).toBe(404)
  })

  it('nest', async () => {
    for (const [uid, parentUid] of [
      ['a', ''],
      ['b', 'a'],
      ['c', 'b'],
      ['d', 'c'],
    ]) {
      expect(
        (await create({ uid: uid ?? '', title: uid ?? '', parentUid: parentUid ?? '' })).status,
      ).toBe(200)
    }
    expect((await create({ title: 'e', parentUid: 'd' })).body['message']).toBe(
      'folders nest at most 4 levels deep',
    )
    const deep = await bench.ask('vi', 'GET', '/api/folders/d')
    expect(deep.body).toMatchObject({
      parentUid: 'c',
      parents: [{ uid: 'a' }, { uid: 'b' }, { uid: 'c' }],
    })
    const children = await bench.ask('vi', 'GET', '/api/folders?parentUid=a')
    expect(children.list).toMatchObject([{ uid: 'b', parentUid: 'a' }])
    expect((await post('/api/folders/a/move', { parentUid: 'c' })).body['message']).toBe(
      'a folder cannot be moved into itself',
    )
    expect((await post('/api/folders/c/move', { parentUid: '' })).status).toBe(200)
    expect((await bench.ask('vi', 'GET', '/api/folders')).list.map((each) => each['uid'])).toEqual([
      'a',
      'c',
    ])
    expect((await bench.ask('vi', 'GET', '/api/folders/a/counts')).body).toMatchObject({
      folder: 1,
    })
  })

  it.each([
    [{ title: ' ' }, 400, 'folder title cannot be empty'],
    [
      { title: 'A', uid: 'other' },
      409,
      'a folder with the same name already exists in the current location',
    ],
    [{ title: 'x', uid: 'a' }, 409, 'a folder/dashboard with the same uid already exists'],
    [{ title: 'x', uid: '../a' }, 400, 'invalid uid for folder provided'],
    [{ title: 'x', uid: 'general' }, 400, 'invalid uid for folder provided'],
    [{ title: 'x', parentUid: 'nowhere' }, 404, 'folder not found'],
  ])('refuse %j', async (body, status, message) => {
    const answer = await create(body)
    expect([answer.status, answer.body['message']]).toEqual([status, message])
  })

  it('that hold files stay', async () => {
    writeJson(`${bench.folder}/a.json`, { title: 'File', uid: 'file' })
    await bench.library.files.apply([
      providerOf(bench.folder, { folder: 'Kept', folderUid: 'kept' }),
    ])
    const { status, body } = await bench.ask('ed', 'DELETE', '/api/folders/kept')
    expect([status, body['message']]).toEqual([
      400,
      'folder cannot be deleted: it contains provisioned dashboards',
    ])
  })
})

describe('annotations', () => {
  const annotate = (body: JsonObject) => post('/api/annotations', body)
  const list = async (query: string): Promise<unknown[]> =>
    (await bench.ask('vi', 'GET', `/api/annotations?${query}`)).list.map((each) => each['text'])

  it('are made, found by time and tags, changed and removed', async () => {
    await post('/api/dashboards/db', { dashboard: { title: 'Noted', uid: 'noted' } })
    const first = await annotate({
      dashboardUID: 'noted',
      panelId: 2,
      time: 1000,
      timeEnd: 3000,
      tags: ['deploy', 'web'],
      text: 'v1',
    })
    expect(first.body['message']).toBe('Annotation added')
    expect(first.body['id']).toBeTypeOf('number')
    await annotate({ time: 5000, tags: ['deploy'], text: 'v2' })
    await annotate({ text: 'now' })
    expect(await list('from=2000&to=2500')).toEqual(['v1'])
    expect(await list('from=3001&to=6000')).toEqual(['v2'])
    expect(await list('tags=deploy&tags=web')).toEqual(['v1'])
    expect(await list('tags=deploy&tags=web&matchAny=true')).toEqual(['v2', 'v1'])
    expect(await list('dashboardUID=noted&panelId=2')).toEqual(['v1'])
    expect(await list('dashboardUID=other')).toEqual([])
    expect(await list('limit=1')).toEqual(['now'])
    expect(await list('type=alert')).toEqual([])
    const id = textOf(first.body['id']) ?? ''
    expect(
      (await bench.ask('ed', 'PATCH', `/api/annotations/${id}`, { text: 'v1.1' })).body['message'],
    ).toBe('Annotation patched')
    const patched = await bench.ask('vi', 'GET', `/api/annotations/${id}`)
    expect(patched.body).toMatchObject({
      text: 'v1.1',
      tags: ['deploy', 'web'],
      time: 1000,
      timeEnd: 3000,
      login: 'ed',
      dashboardUID: 'noted',
    })
    expect(
      (await bench.ask('ed', 'PUT', `/api/annotations/${id}`, { text: 'v1.2', time: 9000 })).status,
    ).toBe(200)
    const put = await bench.ask('vi', 'GET', `/api/annotations/${id}`)
    expect(put.body).toMatchObject({ text: 'v1.2', tags: [], time: 9000, timeEnd: 9000 })
    expect((await bench.ask('vi', 'GET', '/api/annotations/tags?tag=DEP')).body).toEqual({
      result: { tags: [{ tag: 'deploy', count: 1 }] },
    })
    expect((await bench.ask('ed', 'DELETE', `/api/annotations/${id}`)).body['message']).toBe(
      'Annotation deleted',
    )
    expect((await bench.ask('ed', 'DELETE', `/api/annotations/${id}`)).status).toBe(404)
  })

  it('take the form of Graphite', async () => {
    const graphite = { what: 'Deployed', tags: 'graphite b', when: 1_467_844_481, data: 'by me' }
    expect((await post('/api/annotations/graphite', graphite)).body['message']).toBe(
      'Graphite annotation added',
    )
    const { list: found } = await bench.ask('vi', 'GET', '/api/annotations?tags=graphite')
    expect(found).toMatchObject([
      { text: 'Deployed\nby me', tags: ['b', 'graphite'], time: 1_467_844_481_000 },
    ])
  })

  it('are refused without text, with a wrong time, or for a dashboard that is not there', async () => {
    expect((await annotate({ text: '' })).status).toBe(400)
    expect((await annotate({ text: 'x', time: -5 })).status).toBe(400)
    expect((await annotate({ text: 'x', dashboardUID: 'nowhere' })).status).toBe(404)
    expect((await annotate({ text: 'x', tags: ['t'.repeat(101)] })).status).toBe(400)
    expect((await bench.ask('vi', 'GET', '/api/annotations?from=abc')).status).toBe(400)
    expect((await bench.ask('vi', 'GET', "/api/annotations/tags?tag=%25'%3B--")).status).toBe(200)
  })
})
