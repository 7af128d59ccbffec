import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:net'
import grpc from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ContainerCollector } from './collect.ts'
import type { ContainersSettings } from './containers-section.ts'
import { startFakeDocker, type FakeContainer, type FakeDocker } from './fake-docker.ts'
import {
  makeFakeMachine,
  netDev,
  processFiles,
  v2Files,
  v2Root,
  type FakeMachine,
} from './fake-machine.ts'

const WEB = 'aa'.repeat(32)
const GROUP = `/docker/${WEB}`

let machine: FakeMachine
let faults: string[] = []
const ends: (() => Promise<void> | void)[] = []

beforeEach(() => {
  machine = makeFakeMachine()
  machine.write({ ...v2Root(), ...v2Files(GROUP, { pids: [41] }) })
  machine.write(processFiles(41, '2', netDev([['eth0', 1, 2]])))
  faults = []
})
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
  machine.dispose()
})

function collect(settings: Partial<ContainersSettings>): () => Promise<string[]> {
  const collector = new ContainerCollector({ ...machine.settings, ...settings }, (what, reason) =>
    faults.push(`${what}: ${reason}`),
  )
  ends.push(() => collector.close())
  return async () => String(await collector.page(new AbortController().signal)).split('\n')
}

async function fakeDocker(
  containers: () => readonly FakeContainer[],
  ...more: [Parameters<typeof startFakeDocker>[2]?]
): Promise<FakeDocker> {
  const docker = await startFakeDocker(join(machine.root, 'docker.sock'), containers, ...more)
  ends.push(() => docker.stop())
  return docker
}

function seen(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('container_memory_rss{id="/docker'))
}

const NAMELESS = `container_memory_rss{id="${GROUP}"} 60000000`

describe('a runtime that is not as it should be', () => {
  it.each([
    [
      'answers 500',
      'answers 500 to GET',
      (_: unknown, response: { statusCode: number; end: (text: string) => void }) => {
        response.statusCode = 500
        response.end('{"message":"broken"}')
      },
    ],
    [
      'answers what is not JSON',
      'is not JSON',
      (_: unknown, response: { end: (text: string) => void }) => response.end('<html>'),
    ],
    [
      'answers without an end',
      'has more than 2097152 bytes',
      (
        _: unknown,
        response: {
          write: (bytes: Buffer) => boolean
          once: (what: 'drain', then: () => void) => void
          destroyed: boolean
        },
      ) => {
        const chunk = Buffer.alloc(65_536, 32)
        const more = (): void => {
          while (!response.destroyed) {
            if (response.write(chunk)) continue
            response.once('drain', more)
            break
          }
        }
        more()
      },
    ],
  ] as const)(
    'that %s is told of once, and all the rest goes on',
    async (_what, reason, answer) => {
      const docker = await fakeDocker(
        () => [],
        (request, response) => {
          answer(request, response)
          return true
        },
      )
      const page = collect({ docker: { path: docker.socketPath } })
      for (let i = 0; i < 3; i++) {
        const lines = await page()
        expect(seen(lines)).toEqual([NAMELESS])
        expect(lines).toContain('container_scrape_error 1')
        expect(lines).toContain(
          `vedette_container_runtime_up{runtime="docker",socket="${docker.socketPath}"} 0`,
        )
      }
      expect(faults).toHaveLength(1)
      expect(faults[0]).toContain(reason)
      expect(faults[0]).toContain(docker.socketPath)
      // Left in peace for a while.
      expect(docker.asked).toHaveLength(1)
    },
  )

  it('does not hold a page up when it never answers', async () => {
    const docker = await fakeDocker(
      () => [],
      () => true,
    )
    const page = collect({ docker: { path: docker.socketPath } })
    const begunMs = performance.now()
    const lines = await page()
    // Half of the patience of a client: the page came long before it.
    expect(performance.now() - begunMs).toBeLessThan(4500)
    // It may still get its name, and is not shown under two.
    expect(seen(lines)).toEqual([])
    expect(lines.some((line) => line.startsWith('machine_cpu_cores'))).toBe(true)
  })

  it.each([
    ['is not there', 'the socket is not there'],
    ['is nobody’s', 'nobody answers on the socket'],
  ])('whose socket %s is told of once when it was asked for by name', async (_what, reason) => {
    const path = join(machine.root, 'absent.sock')
    if (reason.startsWith('nobody')) {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(path, resolve))
      machine.write({ 'keep.sock': { link: path } })
      // A daemon that was killed leaves its socket behind; closing it properly would not.
      const { linkSync } = await import('node:fs')
      linkSync(path, `${path}.left`)
      await new Promise<void>((resolve) => server.close(() => resolve()))
    }
    const page = collect({ docker: { path: reason.startsWith('nobody') ? `${path}.left` : path } })
    for (let i = 0; i < 2; i++) expect(seen(await page())).toEqual([NAMELESS])
    expect(faults).toEqual([expect.stringContaining(reason)])
  })

  it('is asked again after a restart of the container', async () => {
    let startedAt = '2026-11-20T10:00:00Z'
    const docker = await fakeDocker(() => [{ id: WEB, name: 'web', image: 'i', startedAt }])
    const page = collect({ docker: { path: docker.socketPath } })
    const startOf = (lines: readonly string[]): string | undefined =>
      lines
        .find((line) => line.startsWith('container_start_time_seconds{id="/docker'))
        ?.split(' ')[1]
    expect(startOf(await page())).toBe('1795168800')
    startedAt = '2026-11-20T10:01:00Z'
    machine.remove(`cgroup${GROUP}`)
    expect(startOf(await page())).toBeUndefined()
    machine.write(v2Files(GROUP))
    expect(startOf(await page())).toBe('1795168860')
    const asked = docker.asked.filter((one) => !one.includes('?'))
    expect(asked).toEqual(Array.from({ length: 2 }, () => `GET /containers/${WEB}/json`))
  })
})

describe('a control group', () => {
  it('that vanishes while it is read is left out, and the others are there', async () => {
    const page = collect({})
    expect(seen(await page())).toEqual([NAMELESS])
    // The folder stays for the listing; what it is known by is gone.
    machine.remove(`cgroup${GROUP}/cpu.stat`)
    const fresh = collect({})
    const lines = await fresh()
    expect(seen(lines)).toEqual([])
    expect(lines.some((line) => line.startsWith('container_memory_rss{id="/"}'))).toBe(true)
    expect(lines).toContain('container_scrape_error 0')
    expect(faults).toEqual([])
  })

  it('whose files are not what they should be harms nobody else', async () => {
    machine.write(v2Files('/a.service'))
    machine.remove('cgroup/a.service/memory.stat')
    machine.write({ 'cgroup/a.service/memory.stat/folder': '' })
    machine.write({
      'cgroup/a.service/cpu.max': '\u0000\u0000\n-1',
      'cgroup/a.service/io.stat': 'x'.repeat(100_000),
    })
    const page = collect({})
    for (let i = 0; i < 2; i++) {
      const lines = await page()
      expect(seen(lines)).toEqual([NAMELESS])
      expect(lines).toContain('container_scrape_error 1')
      expect(lines.join('\n')).not.toMatch(/ (?:NaN|undefined|Infinity)$/m)
    }
    expect(faults).toEqual([expect.stringContaining('/a.service')])
    machine.remove('cgroup/a.service')
    await page()
    expect(faults[1]).toBe('control groups: ')
  })

  it('hierarchy that is not there is told of once, and the machine is still described', async () => {
    machine.remove('cgroup')
    const page = collect({})
    for (let i = 0; i < 2; i++) {
      const lines = await page()
      expect(lines).toContain('container_scrape_error 1')
      expect(lines.some((line) => line.startsWith('machine_memory_bytes'))).toBe(true)
    }
    expect(faults).toEqual([
      `control groups: there are no control groups under ${machine.settings.cgroupRoot}`,
    ])
    machine.write(v2Root())
    expect(await page()).toContain('container_scrape_error 0')
  })
})

describe('containerd', () => {
  it('is asked for names by its gRPC, in its namespaces but for Docker’s', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vedette-ctrd-'))
    ends.push(() => rmSync(folder, { recursive: true, force: true }))
    const asked: string[] = []
    const socketPath = join(folder, 'c.sock')
    const server = await startContainerd(socketPath, (namespace, id) => {
      asked.push(`${namespace} ${id}`)
      return namespace === 'k8s.io' && id === WEB
    })
    ends.push(() => server.forceShutdown())
    const lines = await collect({ containerd: { path: socketPath } })()
    expect(asked).toEqual([`default ${WEB}`, `k8s.io ${WEB}`])
    expect(seen(lines)).toEqual([
      `container_memory_rss{id="${GROUP}",name="${WEB}",image="docker.io/library/app:1",container="app",container_label_io_kubernetes_container_name="app",container_label_io_kubernetes_pod_name="shop-1",container_label_io_kubernetes_pod_namespace="prod",container_label_io_cri_containerd_kind="sandbox",pod="shop-1",namespace="prod"} 60000000`,
    ])
    expect(
      lines.some((line) => line.startsWith('container_network_receive_bytes_total{id="/docker')),
    ).toBe(true)
    expect(faults).toEqual([])
  })
})

/** Fields of a message, all of them length-delimited. */
function message(...fields: readonly (readonly [number, string | Buffer])[]): Buffer {
  return Buffer.concat(
    fields.map(([field, value]) => {
      const bytes = Buffer.from(value)
      const length =
        bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]
      return Buffer.concat([Buffer.from([field * 8 + 2, ...length]), bytes])
    }),
  )
}

async function startContainerd(
  socketPath: string,
  has: (namespace: string, id: string) => boolean,
): Promise<grpc.Server> {
  const asIs = (bytes: Buffer): Buffer => bytes
  const method = (path: string) => ({
    ...{ path, requestStream: false, responseStream: false },
    ...{ requestSerialize: asIs, requestDeserialize: asIs },
    ...{ responseSerialize: asIs, responseDeserialize: asIs },
  })
  const labels = {
    'io.kubernetes.container.name': 'app',
    'io.kubernetes.pod.name': 'shop-1',
    'io.kubernetes.pod.namespace': 'prod',
    'io.cri-containerd.kind': 'sandbox',
  }
  const spec = JSON.stringify({
    process: { env: ['A=b'] },
    linux: { namespaces: [{ type: 'network' }] },
  })
  const container = message(
    [1, WEB],
    ...Object.entries(labels).map(([name, value]) => [2, message([1, name], [2, value])] as const),
    [3, 'docker.io/library/app:1'],
    [5, message([1, 'types.containerd.io/opencontainers/runtime-spec/1/Spec'], [2, spec])],
  )
  const server = new grpc.Server()
  server.addService(
    {
      Get: method('/containerd.services.containers.v1.Containers/Get'),
      List: method('/containerd.services.namespaces.v1.Namespaces/List'),
    },
    {
      List: (_call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) =>
        answer(
          null,
          message(...['default', 'moby', 'k8s.io'].map((name) => [1, message([1, name])] as const)),
        ),
      Get: (call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) => {
        const namespace = String(call.metadata.get('containerd-namespace')[0])
        if (has(namespace, call.request.subarray(2).toString()))
          answer(null, message([1, container]))
        else answer({ code: grpc.status.NOT_FOUND, details: 'not found' })
      },
    },
  )
  await new Promise<void>((resolve, reject) =>
    server.bindAsync(`unix://${socketPath}`, grpc.ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    ),
  )
  return server
}
