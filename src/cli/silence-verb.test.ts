import { afterEach, expect, it, vi } from 'vitest'
import { startFakeApi, type FakeAnswer, type FakeApi } from './testing/fake-api.ts'
import { runCaptured } from './testing/run-captured.ts'
import { parseJson } from '../../test/house/parse-json.ts'

const isRecord = (json: unknown): json is Record<string, string> => typeof json === 'object'

const open: FakeApi[] = []

afterEach(async () => {
  vi.useRealTimers()
  for (const each of open.splice(0)) await each.close()
})

const ID = '6d1f0f0e-1a52-4d0c-9d27-0d5f6a1c7a11'

async function start(answers: Readonly<Record<string, FakeAnswer>> = {}): Promise<FakeApi> {
  const api = await startFakeApi({
    '/api/v2/alerts': { body: [{}, {}] },
    '/api/v2/silences': { body: { silenceID: ID } },
    [`/api/v2/silence/${ID}`]: { body: '' },
    ...answers,
  })
  open.push(api)
  return api
}

function silence(api: FakeApi, ...args: string[]) {
  return runCaptured('silence', ...args, '--alertmanager.url', api.url)
}

it('makes a silence and says how many alerts it is about', async () => {
  const api = await start()
  const beganMs = Date.now()
  const { code, out, err } = await silence(
    ...([api, 'add', 'DiskFull', 'instance=~db.*', 'zone!=eu', '-d', '2h'] as const),
    ...['--reason', 'a new disk', '--by', 'bob'],
  )
  expect({ code, out }).toEqual({ code: 0, out: `${ID}\n` })
  expect(err).toContain('2 alerts that fire now')
  expect(err).toContain(`vedette silence expire ${ID}`)
  const [asked, made] = api.requests
  expect(asked?.query).toBe('filter=alertname="DiskFull"&filter=instance=~"db.*"&filter=zone!="eu"')
  const body = parseJson(made?.body ?? '', isRecord)
  expect(body).toMatchObject({
    matchers: [
      { name: 'alertname', value: 'DiskFull', isEqual: true, isRegex: false },
      { name: 'instance', value: 'db.*', isEqual: true, isRegex: true },
      { name: 'zone', value: 'eu', isEqual: false, isRegex: false },
    ],
    createdBy: 'bob',
    comment: 'a new disk',
  })
  const startsMs = Date.parse(String(body['startsAt']))
  expect(startsMs).toBeGreaterThanOrEqual(beganMs)
  expect(Date.parse(String(body['endsAt'])) - startsMs).toBe(2 * 3_600_000)
})

it('silences everything only for who says so', async () => {
  const api = await start()
  const refused = await silence(api, 'add')
  expect(refused.code).toBe(2)
  expect(refused.err).toMatch(/silences everything for 1h: 2 alerts that fire now.*--yes/)
  expect(api.requests.map(({ method }) => method)).toEqual(['GET'])
  const { code } = await silence(api, 'add', '--yes')
  expect(code).toBe(0)
  expect(JSON.parse(api.requests.at(-1)?.body ?? '')).toMatchObject({
    matchers: [{ name: 'alertname', value: '.+', isRegex: true }],
    comment: 'no reason was given',
  })
})

it.each(['0s', 'soon', '-1h'])('refuses the duration %j', async (duration) => {
  const api = await start()
  const { code, err } = await silence(api, 'add', 'a=b', `--duration=${duration}`)
  expect(code).toBe(2)
  expect(err).toContain('--duration: must be a duration such as 2h or 1d')
  expect(api.requests).toEqual([])
})

it('lists silences', async () => {
  const body = [
    {
      id: ID,
      matchers: [
        { name: 'alertname', value: 'DiskFull', isEqual: true, isRegex: false },
        { name: 'zone', value: 'eu|us', isEqual: false, isRegex: true },
      ],
      status: { state: 'active' },
      startsAt: '2026-05-01T10:00:00Z',
      endsAt: '2026-05-01T12:00:00Z',
      createdBy: 'bob',
      comment: 'evil \u001b[2J',
    },
  ]
  const api = await start({ '/api/v2/silences': { body } })
  const { code, out } = await silence(api, 'list', 'DiskFull', '--expired')
  expect(code).toBe(0)
  expect(out).toContain(`${ID}  active`)
  expect(out).toContain('alertname="DiskFull" zone!~"eu|us"')
  expect(out).not.toContain('\u001b')
  expect(api.requests[0]?.query).toBe('filter=alertname="DiskFull"&expired=true')
  expect(JSON.parse((await silence(api, 'list', '-o', 'json')).out)).toEqual(body)
  const none = await start({ '/api/v2/silences': { body: [] } })
  expect((await silence(none, 'list')).out).toBe('no silences\n')
})

it('ends silences, and tells when there is none', async () => {
  const api = await start()
  expect(await silence(api, 'expire', ID)).toMatchObject({ code: 0, out: `ended ${ID}\n` })
  expect(api.requests[0]).toMatchObject({ method: 'DELETE', path: `/api/v2/silence/${ID}` })
  const { code, err } = await silence(api, 'expire', 'other')
  expect(code).toBe(1)
  expect(err).toContain('refused: not found')
})
