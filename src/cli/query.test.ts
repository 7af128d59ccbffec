import { afterEach, describe, expect, it } from 'vitest'
import { ApiError } from './api-client.ts'
import { runQuery, type QueryOptions } from './query.ts'
import {
  failure,
  startFakeApi,
  success,
  type FakeAnswer,
  type FakeApi,
} from './testing/fake-api.ts'
import { fakeTerminal } from './testing/fake-terminal.ts'
import { UsageError } from './usage-error.ts'

const NOW_S = Date.UTC(2026, 0, 1, 12, 0, 7) / 1000
const RANGE = '/api/v1/query_range'
const INSTANT = '/api/v1/query'

describe('vedette query', () => {
  let api: FakeApi | undefined

  afterEach(async () => {
    await api?.close()
    api = undefined
  })

  async function ask(
    answers: Readonly<Record<string, FakeAnswer>>,
    more: Partial<QueryOptions> = {},
    query = 'up',
  ) {
    api = await startFakeApi(answers)
    const terminal = fakeTerminal()
    const options: QueryOptions = {
      url: api.url,
      instant: false,
      range: '15m',
      output: 'chart',
      legend: 12,
      mayBeginLater: false,
      ...more,
    }
    await runQuery(query, options, terminal)
    return { out: terminal.out(), remarks: terminal.remarks(), request: api.requests[0] }
  }

  const ramp = {
    resultType: 'matrix',
    result: ['a', 'b'].map((job, at) => ({
      metric: { __name__: 'up', job, host: 'h' },
      values: Array.from({ length: 91 }, (_, i) => [NOW_S - 7 - 900 + i * 10, String(at * 90 + i)]),
    })),
  }

  it('draws the last 15 minutes, the larger series first, names without what they share', async () => {
    const { out, request } = await ask({ [RANGE]: success(ramp) })
    expect(request).toMatchObject({
      method: 'POST',
      form: { query: 'up', start: String(NOW_S - 7 - 890), end: String(NOW_S - 7), step: '10' },
    })
    const lines = out.split('\n')
    expect(lines[0]).toBe('up{host="h"}')
    expect(lines.slice(-3)).toEqual(['a {job="b"}  180', 'b {job="a"}   90', ''])
    expect(lines.length).toBeLessThanOrEqual(17)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60)
  })

  it('begins where the first value is, unless a range was asked for', async () => {
    const young = {
      resultType: 'matrix',
      result: [
        {
          metric: {},
          values: [
            [NOW_S - 127, '1'],
            [NOW_S - 7, '2'],
          ],
        },
      ],
    }
    const first = async (mayBeginLater: boolean): Promise<string> => {
      const { out } = await ask({ [RANGE]: success(young) }, { mayBeginLater })
      await api?.close()
      return out.split('\n').at(-3) ?? ''
    }
    expect((await first(true)).match(/:/g)?.length).toBeGreaterThan(4)
    expect(await first(false)).not.toContain('11:58:')
  })

  it('shows a table of an instant query', async () => {
    const vector = {
      resultType: 'vector',
      result: [
        { metric: { __name__: 'up', job: 'a' }, value: [NOW_S, '1'] },
        { metric: { __name__: 'up', job: 'longer' }, value: [NOW_S, '12.5'] },
      ],
    }
    const { out, request } = await ask({ [INSTANT]: success(vector) }, { instant: true })
    expect(out).toBe('up{job="a"}          1\nup{job="longer"}  12.5\n')
    expect(request?.form).toEqual({ query: 'up', time: String(NOW_S) })
  })

  it('asks for another time', async () => {
    const { request } = await ask(
      { [INSTANT]: success({ resultType: 'scalar', result: [1, '5'] }) },
      { instant: true, end: '-1h' },
    )
    expect(request?.form['time']).toBe(String(NOW_S - 3600))
  })

  it.each([
    ['scalar', '+Inf', '+Inf\n'],
    ['string', 'a\u001b[31m', 'a\\u001b[31m\n'],
  ])('shows a %s as it is', async (resultType, value, shown) => {
    const answer = success({ resultType, result: [NOW_S, value] })
    const { out } = await ask({ [INSTANT]: answer }, { instant: true })
    expect(out).toBe(shown)
  })

  it('shows a row a sample of a range, with its time', async () => {
    const { out } = await ask({ [RANGE]: success(ramp) }, { output: 'table' })
    expect(out.split('\n')[0]).toBe('up{job="a", host="h"}    0  2026-01-01T11:45:00.000Z')
    expect(out.split('\n')).toHaveLength(183)
  })

  it('prints the data as JSON, and only that', async () => {
    const answer = success({ resultType: 'vector', result: [] }, { warnings: ['odd'] })
    const { out, remarks } = await ask({ [INSTANT]: answer }, { instant: true, output: 'json' })
    expect(JSON.parse(out)).toEqual({ resultType: 'vector', result: [] })
    expect(remarks).toBe('warning: odd\n')
  })

  it('says on standard error that there is nothing, and what the server remarks', async () => {
    const answer = success({ resultType: 'matrix', result: [] }, { infos: ['not\u001b a counter'] })
    const { out, remarks } = await ask({ [RANGE]: answer })
    expect(out).toBe('')
    expect(remarks).toMatch(/^no data: no series matches between .*\nnote: not\\u001b a counter\n$/)
  })

  it('points at the place of a parse error', async () => {
    const message = 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis'
    await expect(ask({ [RANGE]: failure(400, message) }, {}, 'sum(')).rejects.toThrow(
      /^parse error at 1:5: unclosed left parenthesis\n\n {4}sum\(\n {8}\^$/,
    )
  })

  it.each<[string, FakeAnswer, RegExp]>([
    ['another error', failure(422, 'too many\nsamples'), /^too many\\nsamples$/],
    [
      'a page',
      { status: 502, body: '<html>\nBad' },
      /does not answer as Prometheus does \(status 502\): <html>\\nBad$/,
    ],
    ['nothing', { status: 204, body: '' }, /\(status 204\): nothing$/],
    ['other JSON', { body: [1] }, /does not answer as Prometheus does \(status 200\): \[1\]$/],
  ])('reports %s in one line', async (_name, answer, message) => {
    const asked = ask({ [RANGE]: answer })
    await expect(asked).rejects.toBeInstanceOf(ApiError)
    await expect(asked).rejects.toThrow(message)
  })

  it('sends credentials of the URL as basic auth and never shows them', async () => {
    api = await startFakeApi({ [INSTANT]: { status: 401, body: 'no' } })
    const url = api.url.replace('//', '//me:s%20t@')
    const options = {
      url,
      instant: true,
      range: '1m',
      output: 'json',
      legend: 1,
      mayBeginLater: false,
    } as const
    const asked = runQuery('up', options, fakeTerminal())
    await expect(asked).rejects.toThrow(`${api.url} does not answer`)
    expect(api.requests[0]?.authorization).toBe(`Basic ${Buffer.from('me:s t').toString('base64')}`)
  })

  it('says that nothing listens there', async () => {
    api = await startFakeApi({})
    const { url } = api
    await api.close()
    const options = {
      url,
      instant: true,
      range: '1m',
      output: 'json',
      legend: 1,
      mayBeginLater: false,
    } as const
    await expect(runQuery('up', options, fakeTerminal())).rejects.toThrow(
      `cannot reach ${url}: nothing listens there. Start a server with "vedette start"`,
    )
    api = undefined
  })

  it.each([
    [{ url: 'nonsense' }, '--url (or VEDETTE_URL): must be a URL such as'],
    [{ url: 'ftp://a' }, '--url (or VEDETTE_URL): must be a URL such as'],
    [{ range: 'long' }, '--range: must be a duration'],
  ])('refuses %j', async (more, message) => {
    await expect(ask({}, more)).rejects.toThrow(UsageError)
    await api?.close()
    await expect(ask({}, more)).rejects.toThrow(message)
  })

  it('refuses an empty expression', async () => {
    await expect(ask({}, {}, ' \n')).rejects.toThrow(new UsageError('the expression is empty'))
  })
})
