import { once } from 'node:events'
import http from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { PLAIN_HTTP_CLIENT } from '../../outbound/http-client.ts'
import { createLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import { Secret } from '../../yaml/secret.ts'
import { Discoveries } from './discoveries.ts'
import { httpDiscovery } from './http.ts'
import type { TargetGroup } from './target-group.ts'

const ends: (() => void)[] = []

afterEach(() => {
  for (const end of ends.splice(0)) end()
})

interface Found {
  groups: readonly TargetGroup[]
  updates: number
  readonly lines: string[]
}

/** Asks a server whose answer is what `answer` gives, and goes on asking. */
async function discover(
  answer: (request: http.IncomingMessage, response: http.ServerResponse) => void,
  client = PLAIN_HTTP_CLIENT,
): Promise<Found & { url: string }> {
  const server = http.createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const place = server.address()
  const port = typeof place === 'object' && place !== null ? place.port : 0
  const lines: string[] = []
  const log = createLog({ write: (line) => lines.push(line) })
  const deps = new Discoveries({ registry: createRegistry() }).depsOf('shop', log)
  const url = `http://127.0.0.1:${port}/targets`
  const discovery = httpDiscovery({ url, http: client, refreshIntervalMs: 20 }, deps)
  ends.push(() => {
    discovery.stop()
    server.closeAllConnections()
    server.close()
  })
  const found = { groups: [] as readonly TargetGroup[], updates: 0, lines, url }
  discovery.start((groups) => {
    found.groups = groups
    found.updates++
  })
  return found
}

function json(response: http.ServerResponse, value: unknown): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.end(typeof value === 'string' ? value : JSON.stringify(value))
}

const SOON = { timeout: 10_000, interval: 5 }

describe('targets that a server lists', () => {
  it('have the labels of their group and the URL that tells them', async () => {
    const asked: http.IncomingHttpHeaders[] = []
    const found = await discover((request, response) => {
      asked.push(request.headers)
      json(response, [{ targets: ['h1:1', 'h2:2'], labels: { team: 'a' } }, { targets: [] }])
    })
    await expect.poll(() => found.groups.length, SOON).toBe(2)
    expect(found.groups[0]?.targets.map((labels) => labels.toObject())).toEqual([
      { __address__: 'h1:1', __meta_url: found.url, team: 'a' },
      { __address__: 'h2:2', __meta_url: found.url, team: 'a' },
    ])
    expect(asked[0]).toMatchObject({
      accept: 'application/json',
      'x-prometheus-refresh-interval-seconds': '0.02',
    })
  })

  it('follow the server', async () => {
    let count = 0
    const found = await discover((_, response) => json(response, [{ targets: [`h${count++}:1`] }]))
    await expect.poll(() => found.updates, SOON).toBeGreaterThan(2)
    const [target] = found.groups[0]?.targets ?? []
    expect(target?.get('__address__')).toMatch(/^h[2-9]\d*:1$/)
  })

  it.each([
    ['another status', 'server returned HTTP status 500'],
    ['another type', 'unsupported content type "text/html"'],
    ['no JSON', 'the answer is not JSON'],
    ['no list', 'not a list of target groups'],
    ['an unknown key', '[0].labls is unknown'],
    ['a wrong target', '[1].targets[0] is not a text'],
    ['a wrong label', '[0].labels.a is not a text'],
    ['null', '[0] is not a target group'],
  ])('stay when the answer has %s, which is said once', async (kind, message) => {
    const wrong: Record<string, (response: http.ServerResponse) => void> = {
      'another status': (response) => void response.writeHead(500).end(),
      'another type': (response) => {
        response.setHeader('Content-Type', 'text/html')
        response.end('[]')
      },
      'no JSON': (response) => json(response, '[{"targets": ["h'),
      'no list': (response) => json(response, { targets: [] }),
      'an unknown key': (response) => json(response, [{ targets: [], labls: {} }]),
      'a wrong target': (response) => json(response, [{ targets: [] }, { targets: [1] }]),
      'a wrong label': (response) => json(response, [{ targets: [], labels: { a: 1 } }]),
      null: (response) => json(response, [null]),
    }
    let count = 0
    const found = await discover((_, response) => {
      if (count++ === 0) json(response, [{ targets: ['h1:1'] }])
      else wrong[kind]?.(response)
    })
    await expect.poll(() => count, SOON).toBeGreaterThan(4)
    expect(found.updates).toBe(1)
    expect(found.groups[0]?.targets[0]?.get('__address__')).toBe('h1:1')
    expect(found.lines.filter((line) => line.includes('cannot be discovered'))).toHaveLength(1)
    expect(found.lines.join('')).toContain(message.replaceAll('"', '\\"'))
  })

  it('are asked for with the credentials of the job, which nobody is told', async () => {
    const authorization = {
      type: 'Bearer',
      credentials: new Secret('hush'),
      credentialsFile: undefined,
    }
    let seen: string | undefined
    const found = await discover(
      (request, response) => {
        seen = request.headers.authorization
        response.writeHead(403).end('hush')
      },
      { ...PLAIN_HTTP_CLIENT, authorization },
    )
    await expect.poll(() => found.lines.length, SOON).toBe(1)
    expect(seen).toBe('Bearer hush')
    expect(found.lines.join('')).not.toContain('hush')
  })
})
