import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answering } from '../../outbound/testing/fake-receiver.ts'
import { matching } from '../testing/matching.ts'
import { oneReceiver, ReceiverBench } from '../testing/receiver-bench.ts'
import { sampleNotification, sampleResolved } from '../testing/sample-notification.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
})

afterEach(() => bench.close())

const LABEL = `ALERT{${sampleNotification().dedupKey}}`
const OPEN = '{"issues":[{"key":"OPS-7","fields":{"status":{"statusCategory":{"key":"new"}}}}]}'
const DONE = OPEN.replace('"new"', '"done"')
const NONE = '{"issues":[]}'
const TRANSITIONS = '{"transitions":[{"id":"11","name":"Close"},{"id":"21","name":"Reopen"}]}'

/** A Jira that finds what is given. */
function jira(found: string): Answering {
  return ({ method, path }) => {
    if (path.includes('/search')) return { body: found }
    if (method === 'GET') return { body: TRANSITIONS }
    if (method === 'POST' && path.endsWith('/issue'))
      return { status: 201, body: '{"key":"OPS-8"}' }
    return { status: 204 }
  }
}

const KEYS = 'project: OPS, issue_type: Bug'

describe('jira', () => {
  it('opens an issue with every setting', async () => {
    const api = await bench.serve(jira(NONE))
    const outcome = await bench.send(
      'jira',
      `{api_url: '${api.url}/rest/api/2', project: '{{ .CommonLabels.severity }}', issue_type: Bug, summary: '${'s'.repeat(300)}',
        description: 'on {{ .CommonLabels.instance }}', labels: [b, 'a {{ .Status }}'], priority: '{{ .Status }}',
        fields: {components: [{name: '{{ .Receiver }}'}], customfield_1: '{{ len .Alerts }}'},
        wont_fix_resolution: "Won't \\"Do\\"", http_config: {basic_auth: {username: u, password: p}}}`,
    )
    expect(outcome).toEqual({ ok: true, answer: 'OPS-8' })
    expect(api.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /rest/api/2/search',
      'POST /rest/api/2/issue',
    ])
    expect(api.seen[0]).toMatchObject({
      headers: { authorization: 'Basic dTpw', 'accept-language': 'en' },
      json: {
        jql: String.raw`(resolution is EMPTY or resolution != "Won't \"Do\"") and statusCategory != Done and project="critical" and labels="${LABEL}" order by status ASC,resolutiondate DESC`,
        maxResults: 2,
        fields: ['status'],
      },
    })
    expect(api.seen[1]?.json).toEqual({
      fields: {
        project: { key: 'critical' },
        issuetype: { name: 'Bug' },
        summary: `${'s'.repeat(254)}…`,
        description: 'on db-1',
        labels: [LABEL, 'a_firing', 'b'],
        priority: { name: 'firing' },
        components: [{ name: 'team' }],
        customfield_1: 1,
      },
    })
  })

  it('changes an open issue, but for what is not to be changed', async () => {
    const api = await bench.serve(jira(OPEN))
    await bench.send(
      'jira',
      `{api_url: '${api.url}', ${KEYS}, summary: {template: s, enable_update: false}, description: {template: d}, reopen_transition: Reopen}`,
    )
    expect(api.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /search',
      'PUT /issue/OPS-7',
    ])
    expect(api.seen[1]?.json).toMatchObject({ fields: { description: 'd' } })
    expect(api.seen[1]?.json).not.toHaveProperty('fields.summary')
  })

  it.each([
    ['reopens', DONE, sampleNotification(), '21'],
    ['ends', OPEN, sampleResolved(), '11'],
  ])('%s an issue by the transition of that name', async (_, found, notification, id) => {
    const api = await bench.serve(jira(found))
    const keys = `${KEYS}, reopen_transition: Reopen, resolve_transition: Close, reopen_duration: 90m`
    await bench.send('jira', `{api_url: '${api.url}', ${keys}}`, notification)
    expect(api.seen.slice(2)).toMatchObject([
      { method: 'GET', path: '/issue/OPS-7/transitions' },
      { method: 'POST', path: '/issue/OPS-7/transitions', json: { transition: { id } } },
    ])
    expect(api.seen[0]?.json).toMatchObject({
      jql: matching(
        notification.status === 'firing'
          ? /^\(resolutiondate is EMPTY OR resolutiondate >= -90m\)/
          : /^statusCategory != Done/,
      ),
    })
  })

  it('opens nothing for what is over', async () => {
    const api = await bench.serve(jira(NONE))
    const outcome = await bench.send('jira', `{api_url: '${api.url}', ${KEYS}}`, sampleResolved())
    expect(outcome).toMatchObject({ ok: true })
    expect(api.seen).toHaveLength(1)
  })

  it('writes a document for version 3, and searches as the cloud does', async () => {
    const api = await bench.serve(jira(NONE))
    const send = (description: string) =>
      bench.send(
        'jira',
        `{api_url: '${api.url}/rest/api/3', api_type: cloud, ${KEYS}, description: '${description}'}`,
      )
    await send('plain')
    await send('{"type":"doc","version":1,"content":[]}')
    expect(api.seen[0]?.path).toBe('/rest/api/3/search/jql')
    const text = { type: 'text', text: 'plain' }
    expect([api.seen[1]?.json, api.seen[3]?.json]).toMatchObject([
      {
        fields: {
          description: {
            type: 'doc',
            version: 1,
            content: [{ type: 'paragraph', content: [text] }],
          },
        },
      },
      { fields: { description: { type: 'doc', version: 1, content: [] } } },
    ])
    await bench.send('jira', `{api_url: '${api.url}/rest/api/2/', api_type: cloud, ${KEYS}}`)
    expect(api.seen[4]?.path).toBe('/rest/api/3/search/jql')
  })

  it.each([
    [{ status: 429, headers: { 'retry-after': '2' } }, true, /search: unexpected status code 429/],
    [{ status: 503 }, true, /503/],
    [{ status: 401 }, false, /401/],
    [{ body: '<html>' }, false, /no JSON/],
    [{ body: OPEN.replace('OPS-7', '../x') }, false, /odd key/],
  ])('reads the answer %j', async (answer, retry, reason) => {
    const api = await bench.serve(() => answer)
    const outcome = await bench.send('jira', `{api_url: '${api.url}', ${KEYS}}`)
    expect(outcome).toMatchObject({ ok: false, retry, reason: matching(reason) })
  })

  it('says when there is no such transition', async () => {
    const api = await bench.serve(jira(OPEN))
    const notifier = bench.notifier(
      oneReceiver('jira', `{api_url: '${api.url}', ${KEYS}, resolve_transition: Fix}`),
    )
    expect(await notifier.send(sampleResolved(), AbortSignal.timeout(10_000))).toMatchObject({
      ok: false,
      retry: false,
      reason: matching(/OPS-7 has no transition "Fix"/),
    })
  })
})
