import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { objectOf, textOf, type JsonObject } from '../../lang/dashboard/json-value.ts'
import { openGrafanaBench, type GrafanaBench, type Who } from './testing/grafana-bench.ts'

let bench: GrafanaBench
beforeAll(async () => {
  bench = await openGrafanaBench()
})
afterAll(() => bench.close())

const get = (who: Who, path: string) => bench.ask(who, 'GET', path)

describe('what clients ask for first', () => {
  it('is answered as Grafana does', async () => {
    expect((await get('vi', '/api/org')).body).toMatchObject({ id: 1, name: 'Main Org.' })
    expect((await get('ada', '/api/orgs')).list).toEqual([{ id: 1, name: 'Main Org.' }])
    expect((await get('ada', '/api/user')).body).toMatchObject({
      login: 'ada',
      orgId: 1,
      isGrafanaAdmin: true,
    })
    expect((await get('ed', '/api/user/orgs')).list).toEqual([
      { orgId: 1, name: 'Main Org.', role: 'Editor' },
    ])
    expect((await get('vi', '/api/health')).body).toMatchObject({ database: 'ok' })
    expect((await get('vi', '/api/frontend/settings')).body).toMatchObject({
      defaultDatasource: 'Prometheus',
      buildInfo: { edition: 'Open Source' },
    })
  })

  it('says what one may do', async () => {
    const of = async (who: Who): Promise<string[]> =>
      Object.keys((await get(who, '/api/access-control/user/permissions')).body)
    expect(await of('vi')).not.toContain('dashboards:write')
    expect(await of('ed')).toContain('dashboards:write')
    expect(await of('ed')).not.toContain('serviceaccounts:create')
    expect(await of('ada')).toContain('serviceaccounts:create')
  })
})

describe('preferences', () => {
  it('are a user’s own, or everybody’s', async () => {
    await bench.ask('ed', 'POST', '/api/dashboards/db', {
      dashboard: { title: 'Start', uid: 'start' },
    })
    expect((await get('vi', '/api/dashboards/home')).body['meta']).toMatchObject({ isHome: true })
    expect(
      (await bench.ask('vi', 'PATCH', '/api/user/preferences', { theme: 'dark' })).status,
    ).toBe(200)
    expect((await bench.ask('vi', 'PUT', '/api/org/preferences', { theme: 'dark' })).status).toBe(
      403,
    )
    expect(
      (await bench.ask('ada', 'PATCH', '/api/org/preferences', { homeDashboardUID: 'start' }))
        .status,
    ).toBe(200)
    expect((await get('vi', '/api/dashboards/home')).body).toEqual({
      redirectUri: '/d/start/start',
    })
    expect((await get('vi', '/api/user/preferences')).body).toMatchObject({
      theme: 'dark',
      timezone: '',
    })
    expect(
      (await bench.ask('vi', 'PUT', '/api/user/preferences', { timezone: 'utc' })).status,
    ).toBe(200)
    expect((await get('vi', '/api/user/preferences')).body).toMatchObject({
      theme: '',
      timezone: 'utc',
    })
    expect((await get('ed', '/api/user/preferences')).body).toMatchObject({
      theme: '',
      timezone: '',
    })
    expect(
      (await bench.ask('vi', 'PUT', '/api/user/preferences', { theme: 'x'.repeat(200) })).status,
    ).toBe(400)
  })
})

describe('service accounts', () => {
  const create = (body: JsonObject, who: Who = 'ada') =>
    bench.ask(who, 'POST', '/api/serviceaccounts', body)

  it('have tokens that may do what their role allows, until they go', async () => {
    const made = await create({ name: 'CI', role: 'Editor' })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      name: 'CI',
      login: 'sa-1-ci',
      role: 'Editor',
      isDisabled: false,
    })
    const path = `/api/serviceaccounts/${textOf(made.body['id'])}`
    const token = await bench.ask('ada', 'POST', `${path}/tokens`, {
      name: 'ci-1',
      secondsToLive: 3600,
    })
    expect(token.body['name']).toBe('ci-1')
    expect(token.body['key']).toMatch(/^vdt_/)
    const who = { token: textOf(token.body['key']) ?? '' }
    const save = () =>
      bench.ask(who, 'POST', '/api/dashboards/db', {
        dashboard: { title: 'By CI', uid: 'byci' },
        overwrite: true,
      })
    expect((await save()).status).toBe(200)
    expect((await get(who, '/api/serviceaccounts/search')).status).toBe(403)
    expect((await get('ada', `${path}/tokens`)).list).toMatchObject([
      { name: 'ci-1', hasExpired: false },
    ])
    expect((await get('ada', '/api/serviceaccounts/search?query=c')).body).toMatchObject({
      totalCount: 1,
      serviceAccounts: [{ name: 'CI', tokens: 1 }],
    })
    const changed = await bench.ask('ada', 'PATCH', path, { role: 'Viewer' })
    expect(changed.body).toMatchObject({
      message: 'Service account updated',
      serviceaccount: { role: 'Viewer' },
    })
    expect((await save()).status).toBe(403)
    await bench.ask('ada', 'PATCH', path, { role: 'Editor' })
    expect((await save()).status).toBe(200)
    const second = await create({ name: 'Other' })
    const other = `/api/serviceaccounts/${textOf(second.body['id'])}`
    expect(
      (await bench.ask('ada', 'DELETE', `${other}/tokens/${textOf(token.body['id'])}`)).status,
    ).toBe(404)
    expect((await bench.ask('ada', 'DELETE', path)).body['message']).toBe('Service account deleted')
    expect((await save()).status).toBe(401)
    expect((await get('ada', path)).status).toBe(404)
  })

  it('are for admins, and no people', async () => {
    expect((await create({ name: 'x' }, 'ed')).status).toBe(403)
    expect((await create({ name: 'x', role: 'Emperor' })).status).toBe(400)
    expect((await create({ name: '' })).status).toBe(400)
    expect((await create({ name: 'Twice' })).status).toBe(201)
    expect((await create({ name: 'twice' })).status).toBe(409)
    // The first users are people.
    expect((await bench.ask('ada', 'DELETE', '/api/serviceaccounts/1')).status).toBe(404)
    expect(
      (await bench.ask('ada', 'PATCH', '/api/serviceaccounts/1', { role: 'Viewer' })).status,
    ).toBe(404)
  })
})

/** What Grafana's Terraform provider, grafanalib's upload and scripts of CI send, in their order. */
describe('clients of Grafana', () => {
  it('Terraform: a folder and a dashboard are made, read, changed and destroyed', async () => {
    const folder = await bench.ask('ada', 'POST', '/api/folders', {
      title: 'TF',
      uid: 'tf',
      parentUid: '',
    })
    expect((await get('ada', '/api/folders/tf')).body).toMatchObject({ uid: 'tf', title: 'TF' })
    const config = { title: 'TF board', uid: 'tfb', panels: [], schemaVersion: 39 }
    const apply = async (dashboard: JsonObject) =>
      bench.ask('ada', 'POST', '/api/dashboards/db', {
        dashboard,
        folderUid: 'tf',
        overwrite: true,
        message: '',
      })
    const made = await apply({ ...config, id: null })
    const read = await get('ada', '/api/dashboards/uid/tfb')
    const { id, version, ...kept } = objectOf(read.body['dashboard'])
    expect(kept).toEqual(config)
    expect([id, version]).toEqual([made.body['id'], 1])
    expect(read.body['meta']).toMatchObject({ folderUid: 'tf', folderId: folder.body['id'] })
    expect(
      (await apply({ ...config, title: 'TF board 2', id: made.body['id'] })).body['version'],
    ).toBe(2)
    expect((await bench.ask('ada', 'DELETE', '/api/dashboards/uid/tfb')).status).toBe(200)
    expect((await get('ada', '/api/dashboards/uid/tfb')).status).toBe(404)
    expect((await bench.ask('ada', 'DELETE', '/api/folders/tf?forceDeleteRules=true')).status).toBe(
      200,
    )
    expect((await get('ada', '/api/folders/tf')).status).toBe(404)
  })

  it('grafanalib and CI scripts: the same file again and again', async () => {
    const token = await bench.token('dashboards:write')
    const upload = {
      dashboard: { id: null, title: 'lib', panels: [], tags: ['gen'] },
      overwrite: true,
      message: 'Updated by grafanalib',
    }
    const first = await bench.ask(token, 'POST', '/api/dashboards/db', upload)
    const second = await bench.ask(token, 'POST', '/api/dashboards/db', upload)
    expect(second.body).toMatchObject({ uid: first.body['uid'], status: 'success', version: 2 })
    const found = await get('vi', '/api/search?query=lib&type=dash-db')
    expect(found.list).toHaveLength(1)
  })

  it('backup tools: everything is found, read and put back', async () => {
    const { list } = await get('ada', '/api/search?type=dash-db&limit=5000&page=1')
    for (const hit of list) {
      const read = await get('ada', `/api/dashboards/uid/${textOf(hit['uid'])}`)
      const { dashboard, meta } = read.body
      const { folderUid } = objectOf(meta)
      const back = await bench.ask('ada', 'POST', '/api/dashboards/db', {
        dashboard,
        folderUid,
        overwrite: false,
      })
      expect(back.body['status']).toBe('success')
    }
  })
})
