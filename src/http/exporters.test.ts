import { spawnSync } from 'node:child_process'
import { get } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createHostCollector } from '../collect/host/collect.ts'
import { defaultHostOptions } from '../collect/host/flags.ts'
import { collectSelected } from '../collect/host/select-collectors.ts'
import type { PartSource } from '../collect/scrape/alias-source.ts'
import { encodeForAccept } from '../formats/prometheus-text/negotiate.ts'
import { silentLog } from '../self/log.ts'
import { createRegistry } from '../self/metrics.ts'
import { createExporterListener } from './exporters.ts'
import type { Listener } from './listener.ts'

const opened: Listener[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((listener) => listener.close()))
})

async function open(page: PartSource): Promise<string> {
  const doors = { page, registry: createRegistry(), log: silentLog() }
  const address = { host: '127.0.0.1', port: 0 }
  const listener = createExporterListener('node', doors, { address, access: {} })
  opened.push(listener)
  return `http://127.0.0.1:${await listener.listen()}`
}

const host = createHostCollector(defaultHostOptions())
const hostPage: PartSource = async (signal, params, _waitMs, accept) => {
  const { body, contentType } = encodeForAccept(await collectSelected(host, params, signal), accept)
  return { bytes: new TextEncoder().encode(body), contentType }
}

describe('the page of this host', () => {
  it('is what promtool takes for clean', async () => {
    const url = await open(hostPage)
    const answer = await fetch(`${url}/metrics`)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const page = await answer.text()
    expect(page).toContain('\nnode_load1 ')
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' })
    if (checked.error !== undefined) return console.log('skipped: promtool is not installed')
    // Advice on names, which are node_exporter's own, is 3; a page that cannot be read is 1.
    expect([0, 3], checked.stderr).toContain(checked.status)
  })

  it('is in OpenMetrics for who asks for it, and compressed', async () => {
    const url = await open(hostPage)
    const accept = 'application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5'
    const answer = await fetch(`${url}/metrics`, { headers: { accept } })
    expect(answer.headers.get('content-type')).toMatch(
      /^application\/openmetrics-text; version=1\.0\.0/,
    )
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(await answer.text()).toMatch(/\n# EOF\n$/)
  })

  it('has the collectors that are asked for', async () => {
    const url = await open(hostPage)
    const some = await (await fetch(`${url}/metrics?collect[]=loadavg&collect[]=uname`)).text()
    expect(some).toMatch(/^node_load1 /m)
    expect(some).toMatch(/^node_uname_info\{/m)
    expect(some).not.toContain('node_memory_')
    const others = await (await fetch(`${url}/metrics?exclude[]=loadavg`)).text()
    expect(others).toContain('node_memory_')
    expect(others).not.toContain('node_load1')
  })

  it('is refused in words of node_exporter', async () => {
    const url = await open(hostPage)
    const both = await fetch(`${url}/metrics?collect[]=cpu&exclude[]=cpu`)
    expect([both.status, await both.text()]).toEqual([
      400,
      'Combined collect and exclude queries are not allowed.\n',
    ])
    const none = await fetch(`${url}/metrics?collect[]=nope`)
    expect(none.status).toBe(400)
    expect(await none.text()).toContain("couldn't create collector")
  })
})

describe('an exporter', () => {
  it('answers so many pages at once, and one after them', async () => {
    const waiting: (() => void)[] = []
    let isHeld = true
    const url = await open(async () => {
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve))
      return { bytes: new TextEncoder().encode('up 1\n'), contentType: 'text/plain' }
    })
    const held = Array.from({ length: 8 }, () => fetch(`${url}/metrics`))
    await expect.poll(() => waiting.length).toBe(8)
    const refused = await fetch(`${url}/metrics`)
    expect([refused.status, await refused.text()]).toEqual([
      503,
      'Limit of concurrent requests reached (8), try again later.\n',
    ])
    isHeld = false
    for (const release of waiting) release()
    for (const answer of await Promise.all(held)) expect(answer.status).toBe(200)
    expect((await fetch(`${url}/metrics`)).status).toBe(200)
  })

  it('waits as long as the scraper says', async () => {
    const given: number[] = []
    const url = await open((signal, _params, waitMs) => {
      given.push(waitMs)
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    })
    const headers = { 'x-prometheus-scrape-timeout-seconds': '0.05' }
    const answer = await fetch(`${url}/metrics`, { headers })
    expect([answer.status, await answer.text()]).toEqual([
      503,
      'the page was not there within 0.05 s\n',
    ])
    expect(given).toEqual([50])
  })

  it('ends a page whose scraper went away', async () => {
    let isAborted = false
    let isAsked = false
    const url = await open(
      (signal) =>
        new Promise((_resolve, reject) => {
          isAsked = true
          signal.addEventListener('abort', () => {
            isAborted = true
            reject(new Error('aborted'))
          })
        }),
    )
    const request = get(`${url}/metrics`)
    request.on('error', () => undefined)
    await expect.poll(() => isAsked).toBe(true)
    request.destroy()
    await expect.poll(() => isAborted).toBe(true)
  })

  it('has a page that leads to the metrics, and says that it is up', async () => {
    const url = await open(hostPage)
    const landing = await fetch(url)
    expect(landing.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await landing.text()).toContain('<a href="metrics">')
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200)
    expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405)
  })
})
