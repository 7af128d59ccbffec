import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SOON, TailKit } from '../testing/tail-kit.ts'
import { ContainerCursor } from './container-cursor.ts'
import { ContainerStream, type ContainerLine } from './container-stream.ts'

const FIELD_FILE = path.resolve(
  import.meta.dirname,
  '../../../../../shared/data/configs/promtail/HarshavardhanBhosale__production-observability-platform/promtail-config.yml',
)

interface FakeContainer {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  readonly isTerminal?: boolean
  readonly lines: { readonly stream: 1 | 2; readonly time: string; readonly text: string }[]
}

/** The parts of Docker's API that are asked, on a socket in the kit's folder. */
class FakeDocker {
  readonly containers = new Map<string, FakeContainer>()
  readonly asked: string[] = []
  readonly #server: Server
  readonly #open = new Map<ServerResponse, { readonly id: string; sent: number }>()

  constructor(socket: string) {
    this.#server = createServer((request, response) => this.#answer(request.url ?? '', response))
    this.#server.listen(socket)
  }

  write(id: string, stream: 1 | 2, time: string, text: string): void {
    this.containers.get(id)?.lines.push({ stream, time, text })
    this.#send()
  }

  /** Ends the answers under way, as when the daemon is restarted. */
  cutOff(): void {
    for (const response of this.#open.keys()) response.end()
    this.#open.clear()
  }

  async close(): Promise<void> {
    this.cutOff()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(url: string, response: ServerResponse): void {
    this.asked.push(url)
    const { pathname, searchParams } = new URL(url, 'http://docker')
    const [, , id = '', what = ''] = pathname.split('/')
    if (pathname === '/containers/json') {
      response.end(
        JSON.stringify(Array.from(this.containers, ([Id, each]) => describeContainer(Id, each))),
      )
    } else if (pathname === '/networks') {
      response.end(JSON.stringify([{ Id: 'n1', Name: 'web', Scope: 'local' }]))
    } else if (what === 'json') {
      response.end(
        JSON.stringify({ Config: { Tty: this.containers.get(id)?.isTerminal === true } }),
      )
    } else {
      const since = Number(searchParams.get('since'))
      const lines = this.containers.get(id)?.lines ?? []
      const first = lines.findIndex(({ time }) => Date.parse(time) / 1000 >= Math.floor(since))
      this.#open.set(response, { id, sent: first < 0 ? lines.length : first })
      response.flushHeaders()
      this.#send()
    }
  }

  #send(): void {
    for (const [response, place] of this.#open) {
      const container = this.containers.get(place.id)
      const lines = container?.lines.slice(place.sent) ?? []
      place.sent += lines.length
      for (const { stream, time, text } of lines) {
        const bytes = Buffer.from(`${time} ${text}\n`)
        response.write(
          container?.isTerminal === true
            ? bytes
            : Buffer.concat([header(stream, bytes.length), bytes]),
        )
      }
    }
  }
}

function header(stream: number, size: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes[0] = stream
  bytes.writeUInt32BE(size, 4)
  return bytes
}

function describeContainer(Id: string, { name, labels }: FakeContainer): unknown {
  return {
    ...{ Id, Names: [`/${name}`], Labels: labels ?? {}, HostConfig: { NetworkMode: 'web' } },
    Ports: [{ Type: 'tcp', PrivatePort: 80, PublicPort: 8080, IP: '0.0.0.0' }],
    NetworkSettings: { Networks: { web: { NetworkID: 'n1', IPAddress: '172.18.0.2' } } },
  }
}

const time = (second: number, fraction = '000000001'): string =>
  `${new Date(Math.floor(Date.now() / 1000 - 60 + second) * 1000).toISOString().slice(0, 19)}.${fraction}Z`

describe('containers', () => {
  let kit: TailKit
  let docker: FakeDocker
  beforeEach(() => {
    kit = new TailKit()
    docker = new FakeDocker(kit.at('docker.sock'))
  })
  afterEach(async () => {
    await kit.end()
    await docker.close()
  })

  const config = (): string => `
scrape_configs:
  - job_name: docker
    docker_sd_configs:
      - {host: 'unix://${kit.at('docker.sock')}', refresh_interval: 100ms, filters: [{name: status, values: [running]}]}
    relabel_configs:
      - {source_labels: [__meta_docker_container_name], regex: '/(.*)', target_label: container}
      - {source_labels: [__meta_docker_container_log_stream], target_label: stream}
      - {source_labels: [__meta_docker_container_label_logging], regex: 'off', action: drop}
      - {source_labels: [__meta_docker_network_name, __meta_docker_port_public], target_label: place}`

  it('are found, and what they write is read with their labels', async () => {
    docker.containers.set('aaa', { name: 'web', lines: [] })
    docker.containers.set('bbb', { name: 'quiet', labels: { logging: 'off' }, lines: [] })
    docker.write('aaa', 1, time(1), 'one')
    await kit.start(config())
    await expect.poll(() => kit.store.texts, SOON).toEqual(['one'])
    docker.write('aaa', 2, time(2), 'two')
    docker.containers.set('ccc', { name: 'terminal', isTerminal: true, lines: [] })
    docker.write('ccc', 1, time(3), 'three\r')
    await expect.poll(() => kit.store.texts.toSorted(), SOON).toEqual(['one', 'three', 'two'])
    const place = 'web;8080'
    expect(kit.store.lines.map(({ labels }) => labels)).toEqual(
      expect.arrayContaining([
        { container: 'web', stream: 'stdout', place },
        { container: 'web', stream: 'stderr', place },
        { container: 'terminal', stream: 'stdout', place },
      ]),
    )
    expect(docker.asked.some((url) => url.startsWith('/containers/bbb'))).toBe(false)
    expect(decodeURIComponent(docker.asked[0] ?? '')).toBe(
      '/containers/json?filters={"status":["running"]}',
    )
  })

  it('are found by a file of the field as it is', async () => {
    if (!existsSync(FIELD_FILE)) {
      console.log('notice: ../shared/data is not there, so a promtail file of the field is skipped')
      return
    }
    docker.containers.set('aaa', { name: 'web', lines: [] })
    docker.write('aaa', 2, time(1), 'one')
    const text = readFileSync(FIELD_FILE, 'utf8')
    await kit.start(text.replace('/var/run/docker.sock', kit.at('docker.sock')))
    await expect
      .poll(() => kit.store.lines.map(({ labels, line }) => ({ ...labels, line })), SOON)
      .toEqual([{ container: 'web', stream: 'stderr', line: 'one' }])
  })

  it('are gone on with after a restart and after Docker was away', async () => {
    docker.containers.set('aaa', { name: 'web', lines: [] })
    docker.write('aaa', 1, time(1), 'one')
    docker.write('aaa', 1, time(1), 'one too')
    const manager = await kit.start(config())
    await expect.poll(() => kit.store.texts, SOON).toEqual(['one', 'one too'])
    await manager.stop()
    docker.write('aaa', 1, time(1), 'one as well')
    docker.write('aaa', 1, time(2), 'two')
    await kit.start(config())
    await expect.poll(() => kit.store.texts, SOON).toEqual(['one', 'one too', 'one as well', 'two'])
    docker.cutOff()
    docker.write('aaa', 2, time(3), 'three')
    await expect
      .poll(() => kit.store.texts, SOON)
      .toEqual(['one', 'one too', 'one as well', 'two', 'three'])
  })

  it('that cannot be discovered are said once', async () => {
    await docker.close()
    await kit.start(config())
    await expect
      .poll(() => kit.said.filter((line) => line.includes('cannot be discovered')).length, SOON)
      .toBe(1)
  })
})

describe('the stream of a container', () => {
  const read = (isTerminal: boolean, bytes: Buffer, step: number): ContainerLine[] => {
    const lines: ContainerLine[] = []
    const stream = new ContainerStream(isTerminal, (line) => lines.push(line))
    for (let i = 0; i < bytes.length; i += step) stream.push(bytes.subarray(i, i + step))
    return lines
  }
  const frame = (stream: number, text: string): Buffer => {
    const bytes = Buffer.from(text)
    return Buffer.concat([header(stream, bytes.length), bytes])
  }

  it.each([1, 3, 1000])('is read in pieces of %s bytes', (step) => {
    const bytes = Buffer.concat([
      frame(1, '1970-01-01T00:00:01.000000002Z first ü\n'),
      frame(2, '1970-01-01T00:00:01Z in between\n'),
      frame(1, '1970-01-01T00:00:02.5+00:00 a long '),
      frame(2, '1970-01-01T00:00:03Z other\n'),
      frame(1, '1970-01-01T00:00:04Z line\r\n'),
    ])
    expect(read(false, bytes, step)).toEqual([
      { stream: 'stdout', timestampNs: 1_000_000_002n, line: 'first ü' },
      { stream: 'stderr', timestampNs: 1_000_000_000n, line: 'in between' },
      { stream: 'stderr', timestampNs: 3_000_000_000n, line: 'other' },
      { stream: 'stdout', timestampNs: 2_500_000_000n, line: 'a long line' },
    ])
  })

  it('that is none is refused', () => {
    expect(() => read(false, Buffer.from('HTTP/1.1 200 OK and more'), 100)).toThrow('not a stream')
  })
})

describe('the cursor of a container', () => {
  it('passes over what was read, also of one instant', () => {
    const first = new ContainerCursor(undefined)
    expect(first.since).toBe('0.000000000')
    expect(['5', '5', '7'].map((ns) => first.next(BigInt(ns)))).toEqual(['5+1', '5+2', '7+1'])
    const again = new ContainerCursor('5+2')
    expect(['4', '5', '5', '5', '7'].map((ns) => again.next(BigInt(ns)))).toEqual([
      ...[undefined, undefined, undefined, '5+3', '7+1'],
    ])
    expect(new ContainerCursor('1795257254299000010+1').since).toBe('1795257254.299000010')
  })
})
