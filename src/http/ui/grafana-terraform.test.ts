import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { objectOf, textOf, type JsonObject } from '../../lang/dashboard/json-value.ts'
import { openGrafanaBench, type GrafanaBench } from './testing/grafana-bench.ts'

let bench: GrafanaBench
beforeAll(async () => {
  bench = await openGrafanaBench()
})
afterAll(() => bench.close())

/** What the generated Go client sends with everything, the number of the organisation included. */
const HEADERS = { accept: 'application/json', 'x-grafana-org-id': '1' }

function ask(method: string, path: string, body?: JsonObject) {
  return bench.ask('ada', method, `/api${path}`, body, HEADERS)
}

/**
 * The requests of grafana/terraform-provider-grafana (2026-08, `internal/resources/grafana`), whose client is
 * grafana/grafana-openapi-client-go: what is empty is left out of bodies, but lists are null and dates are of the year 1.
 */
describe('the Terraform provider of Grafana', () => {
  it('grafana_folder: made below a parent, moved to the top, renamed, destroyed', async () => {
    expect((await ask('POST', '/folders', { title: 'Parent', uid: 'tf-parent' })).status).toBe(200)
    expect((await ask('GET', '/folders/tf-parent')).body['uid']).toBe('tf-parent')
    const made = await ask('POST', '/folders', { title: 'Child', parentUid: 'tf-parent' })
    const uid = textOf(made.body['uid']) ?? ''
    expect((await ask('GET', `/folders/${uid}`)).body).toMatchObject({
      ...{ title: 'Child', parentUid: 'tf-parent', url: `/dashboards/f/${uid}/child` },
    })
    expect((await ask('POST', `/folders/${uid}/move`, {})).status).toBe(200)
    const changed = await ask('PUT', `/folders/${uid}`, { overwrite: true, title: 'Child 2' })
    expect(changed.status).toBe(200)
    const read = await ask('GET', `/folders/${uid}`)
    expect([read.body['title'], read.body['parentUid'] ?? '']).toEqual(['Child 2', ''])
    expect((await ask('GET', '/search?type=dash-folder')).list.map((one) => one['uid'])).toContain(
      uid,
    )
    expect((await ask('GET', `/search?folderUIDs=${uid}`)).list).toEqual([])
    expect((await ask('GET', '/folders?limit=1000&page=2')).text).toBe('[]')
    for (const gone of [uid, 'tf-parent']) {
      expect((await ask('DELETE', `/folders/${gone}?forceDeleteRules=true`)).status).toBe(200)
      expect((await ask('GET', `/folders/${gone}`)).status).toBe(404)
    }
  })

  it('grafana_dashboard: made in a folder, changed, taken out of it, destroyed', async () => {
    await ask('POST', '/folders', { title: 'Boards', uid: 'tf-boards' })
    const UpdatedAt = '0001-01-01T00:00:00.000Z'
    const config = { title: 'Board', uid: 'tf-board', panels: [{ type: 'text', title: 'x' }] }
    const made = await ask('POST', '/dashboards/db', {
      ...{ UpdatedAt, dashboard: config, folderUid: 'tf-boards', message: 'by Terraform' },
    })
    expect(made.body).toMatchObject({ uid: 'tf-board', status: 'success', version: 1 })
    const read = await ask('GET', '/dashboards/uid/tf-board')
    const { id, version, uid } = objectOf(read.body['dashboard'])
    // The provider takes these as they are, without asking for their type.
    expect([typeof id, typeof version, uid]).toEqual(['number', 'number', 'tf-board'])
    expect(read.body['meta']).toMatchObject({ folderUid: 'tf-boards', url: '/d/tf-board/board' })
    const again = await ask('POST', '/dashboards/db', {
      ...{ UpdatedAt, dashboard: { ...config, title: 'Board 2', id: Number(id) } },
      overwrite: true,
    })
    expect(again.body['version']).toBe(2)
    const moved = objectOf((await ask('GET', '/dashboards/uid/tf-board')).body['meta'])
    expect([moved['folderUid'], moved['slug']]).toEqual(['', 'board-2'])
    const gone = await ask('DELETE', '/dashboards/uid/tf-board')
    expect([gone.status, gone.body['title']]).toEqual([200, 'Board 2'])
    expect((await ask('GET', '/dashboards/uid/tf-board')).status).toBe(404)
    expect((await ask('DELETE', '/dashboards/uid/tf-board')).status).toBe(404)
  })

  it('grafana_dashboard in the form of Kubernetes: the version is asked for, and the spec is saved', async () => {
    // Version 12 of Grafana takes the spec only, and the provider refuses to go on.
    expect((await ask('GET', '/health')).body['version']).toMatch(/^(?!v?12\.)\d/)
    const dashboard = {
      ...{ apiVersion: 'dashboard.grafana.app/v1beta1', kind: 'Dashboard' },
      metadata: { name: 'tf-k8s' },
      spec: { title: 'In a spec', panels: [], schemaVersion: 41 },
    }
    expect((await ask('POST', '/dashboards/db', { dashboard })).body['uid']).toBe('tf-k8s')
    const read = await ask('GET', '/dashboards/uid/tf-k8s?apiVersion=v1beta1')
    expect(read.body['dashboard']).toMatchObject({ title: 'In a spec', uid: 'tf-k8s' })
  })

  it('grafana_service_account and its token', async () => {
    const made = await ask('POST', '/serviceaccounts', { name: 'tf', role: 'Editor' })
    expect(made.status).toBe(201)
    const path = `/serviceaccounts/${textOf(made.body['id'])}`
    expect((await ask('GET', path)).body).toMatchObject({
      ...{ orgId: 1, name: 'tf', role: 'Editor', isDisabled: false },
    })
    const update = { name: 'tf 2', role: 'Viewer', isDisabled: true }
    expect((await ask('PATCH', path, update)).status).toBe(200)
    expect((await ask('GET', path)).body).toMatchObject(update)
    await ask('PATCH', path, { name: 'tf 2', role: 'Viewer', isDisabled: false })
    const token = await ask('POST', `${path}/tokens`, { name: 'deploy', secondsToLive: 3600 })
    expect([token.status, typeof token.body['id'], typeof token.body['key']]).toEqual([
      ...[200, 'number', 'string'],
    ])
    const [listed] = (await ask('GET', `${path}/tokens`)).list
    expect(listed).toMatchObject({ id: token.body['id'], name: 'deploy', hasExpired: false })
    expect(Date.parse(textOf(listed?.['expiration']) ?? '')).toBeGreaterThan(Date.now())
    const key = { token: textOf(token.body['key']) ?? '' }
    expect((await bench.ask(key, 'GET', '/api/search', undefined, HEADERS)).status).toBe(200)
    expect((await ask('DELETE', `${path}/tokens/${textOf(token.body['id'])}`)).status).toBe(200)
    expect((await ask('DELETE', path)).status).toBe(200)
    expect((await ask('GET', path)).status).toBe(404)
  })

  it('grafana_annotation: without tags, with a dashboard', async () => {
    await ask('POST', '/dashboards/db', { dashboard: { title: 'Annotated', uid: 'tf-anno' } })
    const made = await ask('POST', '/annotations', {
      ...{ text: 'deployed', tags: null, time: 1_700_000_000_000, timeEnd: 1_700_000_060_000 },
      ...{ dashboardUID: 'tf-anno', panelId: 3 },
    })
    expect(made.status).toBe(200)
    const path = `/annotations/${textOf(made.body['id'])}`
    expect((await ask('GET', path)).body).toMatchObject({
      ...{ id: made.body['id'], text: 'deployed', time: 1_700_000_000_000 },
      ...{ timeEnd: 1_700_000_060_000, dashboardUID: 'tf-anno', panelId: 3 },
    })
    const changed = await ask('PUT', path, {
      ...{ text: 'deployed 2', tags: ['x'], time: 1_700_000_000_000, timeEnd: 1_700_000_060_000 },
    })
    expect(changed.status).toBe(200)
    expect((await ask('GET', path)).body).toMatchObject({ text: 'deployed 2', tags: ['x'] })
    expect((await ask('PUT', path, { text: 'deployed 3', tags: null })).status).toBe(200)
    expect((await ask('DELETE', path)).status).toBe(200)
    expect((await ask('GET', path)).status).toBe(404)
  })

  it('grafana_organization_preferences, and the sources that dashboards name', async () => {
    const set = { theme: 'dark', timezone: 'utc', weekStart: 'monday' }
    expect((await ask('PUT', '/org/preferences', set)).status).toBe(200)
    expect((await ask('GET', '/org/preferences')).body).toMatchObject(set)
    expect((await ask('PUT', '/org/preferences', {})).status).toBe(200)
    expect((await ask('GET', '/org/preferences')).body['theme'] ?? '').toBe('')
    expect((await ask('GET', '/datasources/name/Prometheus')).body).toMatchObject({
      ...{ uid: 'prometheus', type: 'prometheus' },
    })
    expect((await ask('GET', '/datasources/uid/loki')).body).toMatchObject({ name: 'Loki' })
  })
})
