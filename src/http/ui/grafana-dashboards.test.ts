import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { objectOf, textOf, type JsonObject } from '../../lang/dashboard/json-value.ts'
import { readDashboard } from '../../lang/dashboard/read-dashboard.ts'
import { openGrafanaBench, type GrafanaBench } from './testing/grafana-bench.ts'

let bench: GrafanaBench
beforeAll(async () => {
  bench = await openGrafanaBench()
})
afterAll(() => bench.close())

const dashboard = (title: string, more: JsonObject = {}): JsonObject => ({
  ...{
    title,
    schemaVersion: 39,
    tags: ['a', 'b'],
    panels: [{ id: 1, type: 'timeseries' }],
    ...more,
  },
})

const save = (body: JsonObject, who: 'ada' | 'ed' | 'vi' = 'ed') =>
  bench.ask(who, 'POST', '/api/dashboards/db', body)

describe('saving as Grafana does', () => {
  it('gives a new dashboard a uid, a number and an address', async () => {
    const { status, body } = await save({ dashboard: dashboard('New Böard #1', { id: null }) })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'success',
      version: 1,
      slug: 'new-board-1',
      folderUid: '',
    })
    expect(body['uid']).toMatch(/^[a-z][a-z0-9]{13}$/)
    expect(body['url']).toBe(`/d/${textOf(body['uid'])}/new-board-1`)
    const read = await bench.ask('vi', 'GET', `/api/dashboards/uid/${textOf(body['uid'])}`)
    expect(read.body['dashboard']).toMatchObject({
      id: body['id'],
      uid: body['uid'],
      version: 1,
      tags: ['a', 'b'],
    })
    expect(read.body['meta']).toMatchObject({
      canSave: false,
      createdBy: 'ed',
      folderTitle: 'General',
      provisioned: false,
      vedette: { origin: 'saved' },
    })
  })

  it('takes a change of the newest version only, unless it is to overwrite', async () => {
    await save({ dashboard: dashboard('Versions', { uid: 'versions' }) })
    const newest = { uid: 'versions', version: 1 }
    expect(
      (await save({ dashboard: dashboard('Versions 2', newest), message: 'second' })).body[
        'version'
      ],
    ).toBe(2)
    const stale = await save({ dashboard: dashboard('Versions 3', newest) })
    expect(stale.status).toBe(412)
    expect(stale.body).toEqual({
      status: 'version-mismatch',
      message: 'The dashboard has been changed by someone else',
    })
    expect(
      (await save({ dashboard: dashboard('Versions 3', newest), overwrite: true })).body['version'],
    ).toBe(3)
    const list = await bench.ask('vi', 'GET', '/api/dashboards/uid/versions/versions')
    expect(list.body['versions']).toMatchObject([
      { version: 3, parentVersion: 2, createdBy: 'ed' },
      { version: 2, message: 'second' },
      { version: 1 },
    ])
    const second = await bench.ask('vi', 'GET', '/api/dashboards/uid/versions/versions/2')
    expect(second.body['data']).toMatchObject({ title: 'Versions 2' })
    const restored = await bench.ask('ed', 'POST', '/api/dashboards/uid/versions/restore', {
      version: 1,
    })
    expect(restored.body).toMatchObject({ version: 4, slug: 'versions' })
    expect((await bench.ask('vi', 'GET', '/api/dashboards/uid/versions/versions/9')).status).toBe(
      404,
    )
  })

  it('keeps the last 20 versions', async () => {
    for (let version = 0; version < 24; version++) {
      await save({ dashboard: dashboard('Many', { uid: 'many', version }), overwrite: version > 0 })
    }
    const { body } = await bench.ask('vi', 'GET', '/api/dashboards/uid/many/versions?limit=100')
    const versions = readVersions(body)
    expect(versions).toHaveLength(20)
    expect(versions[0]).toBe(24)
  })

  it('refuses two of one name in a folder, and replaces it where it is told to', async () => {
    const first = await save({ dashboard: dashboard('Twin') })
    const second = await save({ dashboard: dashboard('Twin') })
    expect(second.status).toBe(412)
    expect(second.body).toMatchObject({ status: 'name-exists' })
    const third = await save({
      dashboard: dashboard('Twin', { id: null, uid: null }),
      overwrite: true,
    })
    expect(third.body).toMatchObject({ uid: first.body['uid'], id: first.body['id'], version: 2 })
  })

  it.each([
    [{ dashboard: { title: '' } }, 400, 'Dashboard title cannot be empty'],
    [{ dashboard: dashboard('x', { uid: 'a/../b' }) }, 400, 'uid contains illegal characters'],
    [
      { dashboard: dashboard('x', { uid: 'x'.repeat(41) }) },
      400,
      'uid too long, max 40 characters',
    ],
    [{ dashboard: dashboard('x', { id: 987654 }) }, 404, 'Dashboard not found'],
    [{ dashboard: dashboard('x'), folderUid: 'nowhere' }, 400, 'folder not found'],
    [{ dashboard: dashboard('x'), folderId: 999 }, 400, 'folder not found'],
    [
      { dashboard: dashboard('x'), message: 'm'.repeat(501) },
      400,
      'message too long, max 500 characters',
    ],
    [{ dashboard: [] }, 400, 'dashboard must be a JSON object'],
    [{}, 400, 'dashboard must be a JSON object'],
  ])('refuses %j', async (body, status, message) => {
    const answer = await save(body)
    expect([answer.status, answer.body['message']]).toEqual([status, message])
  })

  it('deletes', async () => {
    await save({ dashboard: dashboard('Gone', { uid: 'gone' }) })
    const { status, body } = await bench.ask('ed', 'DELETE', '/api/dashboards/uid/gone')
    expect([status, body['title'], body['message']]).toEqual([
      200,
      'Gone',
      'Dashboard Gone deleted',
    ])
    const missing = await bench.ask('ed', 'GET', '/api/dashboards/uid/gone')
    expect(missing.status).toBe(404)
    expect(missing.body).toEqual({ status: 'not-found', message: 'Dashboard not found' })
  })

  it('notes who did what', async () => {
    await save({ dashboard: dashboard('Noted', { uid: 'noted' }) }, 'ada')
    await bench.ask('ada', 'DELETE', '/api/dashboards/uid/noted')
    const entries = await bench.access.control.audit.list({
      fromMs: 0,
      toMs: Number.MAX_SAFE_INTEGER,
      limit: 2,
    })
    expect(entries).toMatchObject([
      { actor: 'ada', action: 'dashboard.delete', target: 'noted' },
      { actor: 'ada', action: 'dashboard.save', target: 'noted' },
    ])
  })
})

describe('searching', () => {
  beforeAll(async () => {
    const folder = await bench.ask('ed', 'POST', '/api/folders', { uid: 'sea', title: 'Sea' })
    const folderUid = folder.body['uid']
    await save({
      dashboard: dashboard('Blue whale', { uid: 'whale', tags: ['big', 'blue'] }),
      folderUid,
    })
    await save({ dashboard: dashboard('Blue tit', { uid: 'tit', tags: ['blue'] }) })
    await bench.ask('vi', 'POST', '/api/user/stars/dashboard/uid/tit')
  })
  const uids = async (query: string): Promise<unknown[]> =>
    (await bench.ask('vi', 'GET', `/api/search?${query}`)).list.map((hit) => hit['uid'])

  it.each([
    ['query=BLUE', ['tit', 'whale']],
    ['query=blue&sort=alpha-desc', ['whale', 'tit']],
    ['query=blue&limit=1', ['tit']],
    ['query=blue&limit=1&page=2', ['whale']],
    ['tag=blue&tag=big', ['whale']],
    ['type=dash-folder', ['sea']],
    ['query=sea', ['sea']],
    ['folderUIDs=sea', ['whale']],
    ['folderUIDs=general&tag=blue', ['tit']],
    ['dashboardUIDs=whale&dashboardUIDs=tit', ['tit', 'whale']],
    ['starred=true', ['tit']],
    ['folderIds=0&tag=blue', ['tit']],
  ])('%s', async (query, expected) => {
    expect(await uids(query)).toEqual(expected)
  })

  it('tells the folder and the star', async () => {
    const { list } = await bench.ask('vi', 'GET', '/api/search?query=blue')
    expect(list).toMatchObject([
      {
        title: 'Blue tit',
        type: 'dash-db',
        uri: 'db/blue-tit',
        url: '/d/tit/blue-tit',
        isStarred: true,
      },
      {
        folderUid: 'sea',
        folderTitle: 'Sea',
        folderUrl: '/dashboards/f/sea/sea',
        isStarred: false,
      },
    ])
    expect((await bench.ask('ed', 'GET', '/api/user/stars')).list).toEqual([])
  })

  it('lists tags', async () => {
    expect((await bench.ask('vi', 'GET', '/api/dashboards/tags')).list).toContainEqual({
      term: 'blue',
      count: 2,
    })
  })
})

describe('older addresses', () => {
  it('lead to the dashboard', async () => {
    const old = await bench.ask('vi', 'GET', '/dashboard/db/blue-whale?var-a=1&from=now-1h')
    expect([old.status, old.headers.get('location')]).toEqual([
      302,
      '/d/whale/blue-whale?var-a=1&from=now-1h',
    ])
    const solo = await bench.ask('vi', 'GET', '/d-solo/whale/x?panelId=4&var-a=b')
    expect(solo.headers.get('location')).toBe('/d/whale?var-a=b&viewPanel=4&kiosk=')
    const evil = await bench.ask('vi', 'GET', '/dashboard/db/..%2f..%2fetc%2fpasswd')
    expect(evil.headers.get('location')).toBe('/dashboards')
    const host = await bench.ask('vi', 'GET', '/d-solo/%2f%2fevil.example')
    expect(host.headers.get('location')).toBe('/d/%2F%2Fevil.example?kiosk=')
  })
})

describe('hostile JSON', () => {
  it('pollutes nothing', async () => {
    const text =
      '{"dashboard":{"title":"P","uid":"p","__proto__":{"polluted":1},"panels":[{"id":1,"type":"text","constructor":{"prototype":{"polluted":1}},"__proto__":{"polluted":1}}]}}'
    expect((await bench.ask('ed', 'POST', '/api/dashboards/db', text)).status).toBe(200)
    expect(
      (
        await bench.ask(
          'ed',
          'POST',
          '/api/vedette/dashboards/import',
          text.replace('"p"', '"p2"').replace('"P"', '"P2"'),
        )
      ).status,
    ).toBe(200)
    expect(Object.keys({})).toEqual([])
    expect('polluted' in {}).toBe(false)
    const read = await bench.ask('ed', 'GET', '/api/dashboards/uid/p')
    expect(read.text).not.toContain('__proto__')
  })

  it('is refused when it is too deep, has too many panels or is too large', async () => {
    const deep = `{"dashboard":{"title":"d","panels":${'['.repeat(200_000)}${']'.repeat(200_000)}}}`
    expect((await bench.ask('ed', 'POST', '/api/dashboards/db', deep)).status).toBe(400)
    expect((await bench.ask('ed', 'POST', '/api/vedette/dashboards/import', deep)).status).toBe(400)
    const panels = Array.from({ length: 6000 }, (_, id) => ({ id, type: 'text' }))
    const many = await save({ dashboard: dashboard('m', { panels }) })
    expect([many.status, many.body['message']]).toEqual([
      400,
      'the dashboard has 6000 panels; at most 5000 are kept',
    ])
    expect(
      (
        await bench.ask('ed', 'POST', '/api/vedette/dashboards/import', {
          dashboard: dashboard('m', { panels }),
        })
      ).status,
    ).toBe(400)
    const large = await save({
      dashboard: dashboard('l', { description: 'x'.repeat(11 * 1024 * 1024) }),
    })
    expect(large.status).toBe(413)
  })

  it('keeps a NUL from the database', async () => {
    const { status, body } = await save({
      dashboard: dashboard('nul\0nul', { tags: ['a\0'], description: 'a\0b' }),
    })
    expect([status, body['slug']]).toEqual([200, 'nulnul'])
    const read = await bench.ask('ed', 'GET', `/api/dashboards/uid/${textOf(body['uid'])}`)
    expect(objectOf(read.body['dashboard'])['description']).toBe('a\0b')
  })

  it('is no JSON, no object, or another content type', async () => {
    expect((await bench.ask('ed', 'POST', '/api/dashboards/db', '{')).status).toBe(400)
    expect((await bench.ask('ed', 'POST', '/api/dashboards/db', '[]')).status).toBe(400)
    const form = await bench.ask('ed', 'POST', '/api/dashboards/db', '{}', {
      'content-type': 'text/plain',
    })
    expect(form.status).toBe(415)
  })
})

/** Files that people use, and those of exporters' mixins. */
const shared = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))
const files = [
  ...jsonIn(path.join(shared, 'dashboards')),
  ...jsonIn(path.join(shared, 'seeds/provisioning/grafana')),
]
if (files.length === 0) console.log(`skipped, because it is not there: ${shared}`)

describe.skipIf(files.length === 0)('dashboards that people use', () => {
  it.each(files)('%s is imported, exported and the same again', async (file) => {
    const json: unknown = JSON.parse(readFileSync(file, 'utf8'))
    const title = `of ${path.basename(file)}`
    const given = { ...objectOf(objectOf(json)['dashboard'] ?? json), title, uid: undefined }
    const first = await bench.ask('ed', 'POST', '/api/vedette/dashboards/import', {
      dashboard: given,
    })
    expect([first.status, first.text.slice(0, first.status === 200 ? 0 : 300)]).toEqual([200, ''])
    expect(objectOf(first.body['report'])['schemaVersion']).toBeTypeOf('number')
    const uid = textOf(first.body['uid']) ?? ''
    const exported = await bench.ask('vi', 'GET', `/api/vedette/dashboards/${uid}/export`)
    expect(exported.headers.get('content-disposition')).toMatch(
      /^attachment; filename="[a-z0-9-]+\.json"$/,
    )
    await bench.ask('ed', 'DELETE', `/api/dashboards/uid/${uid}`)
    const again = await bench.ask('ed', 'POST', '/api/vedette/dashboards/import', {
      dashboard: exported.body,
    })
    expect(again.body['uid']).toBe(uid)
    const second = await bench.ask('vi', 'GET', `/api/vedette/dashboards/${uid}/export`)
    expect(second.body).toEqual(exported.body)
    expect(readDashboard(second.body).dashboard.title).toBe(title)
    const grafana = await bench.ask('ed', 'POST', '/api/dashboards/import', {
      ...{ dashboard: json, overwrite: true, folderUid: 'sea' },
      inputs: [
        { name: 'DS_PROMETHEUS', type: 'datasource', pluginId: 'prometheus', value: 'prometheus' },
      ],
    })
    expect(grafana.body).toMatchObject({ imported: true, folderUid: 'sea' })
    const raw = await bench.ask('vi', 'GET', `/api/dashboards/uid/${textOf(grafana.body['uid'])}`)
    expect(raw.text).not.toMatch(/\$\{DS_/)
  })
})

function jsonIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.map((name) => path.join(folder, name))
}

function readVersions(body: JsonObject): unknown[] {
  const versions = body['versions']
  return Array.isArray(versions) ? versions.map((each) => objectOf(each)['version']) : []
}
