import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ContainerCollector } from './collect.ts'
import type { ContainersSettings } from './containers-section.ts'
import { startFakeDocker, type FakeContainer, type FakeDocker } from './fake-docker.ts'
import {
  makeFakeMachine,
  netDev,
  processFiles,
  v1Files,
  v2Files,
  v2Root,
  type FakeMachine,
} from './fake-machine.ts'
import { METRIC_GROUPS } from './metric-groups.ts'

const WEB = 'aa'.repeat(32)
const DB = 'bb'.repeat(32)
const HOST_NET = 'cc'.repeat(32)

let machine: FakeMachine
let docker: FakeDocker | undefined
const collectors: ContainerCollector[] = []
let faults: string[] = []

beforeEach(() => {
  machine = makeFakeMachine()
  faults = []
})
afterEach(async () => {
  for (const collector of collectors.splice(0)) collector.close()
  await docker?.stop()
  docker = undefined
  machine.dispose()
})

function collect(settings: Partial<ContainersSettings> = {}): () => Promise<string[]> {
  const collector = new ContainerCollector({ ...machine.settings, ...settings }, (what, reason) =>
    faults.push(`${what}: ${reason}`),
  )
  collectors.push(collector)
  return async () => String(await collector.page(new AbortController().signal)).split('\n')
}

function valueOf(lines: readonly string[], series: string): number | undefined {
  const line = lines.find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length).trim().split(' ')[0])
}

async function withDocker(containers: readonly FakeContainer[]): Promise<ContainersSettings> {
  docker = await startFakeDocker(join(machine.root, 'docker.sock'), () => containers)
  return { ...machine.settings, docker: { path: docker.socketPath } }
}

const EVERYTHING = new Set(METRIC_GROUPS)

/** Of one group, whose numbers are the same in both kinds of hierarchies. */
const EXPECTED: readonly (readonly [name: string, extra: string, value: number])[] = [
  ['container_cpu_user_seconds_total', '', 10.34],
  ['container_cpu_system_seconds_total', '', 2],
  ['container_cpu_cfs_periods_total', '', 723],
  ['container_cpu_cfs_throttled_periods_total', '', 18],
  ['container_cpu_cfs_throttled_seconds_total', '', 1.724314],
  ['container_spec_cpu_period', '', 100_000],
  ['container_spec_cpu_quota', '', 50_000],
  ['container_memory_cache', '', 40_000_000],
  ['container_memory_rss', '', 60_000_000],
  ['container_memory_mapped_file', '', 12_000_000],
  ['container_memory_swap', '', 8192],
  ['container_memory_kernel_usage', '', 3_000_000],
  ['container_memory_failcnt', '', 5],
  ['container_memory_usage_bytes', '', 104_857_600],
  ['container_memory_max_usage_bytes', '', 104_861_696],
  ['container_memory_working_set_bytes', '', 100_000_000],
  ['container_memory_total_active_file_bytes', '', 7_000_000],
  ['container_memory_total_inactive_file_bytes', '', 4_857_600],
  ['container_memory_failures_total', 'failure_type="pgfault",scope="container"', 2222],
  ['container_memory_failures_total', 'failure_type="pgmajfault",scope="hierarchy"', 33],
  ['container_memory_file_dirty_bytes', '', 19],
  ['container_spec_memory_limit_bytes', '', 268_435_456],
  ['container_spec_memory_swap_limit_bytes', '', 0],
  ['container_oom_events_total', '', 1],
  ['container_fs_reads_bytes_total', 'device="/dev/vda"', 1000],
  ['container_fs_writes_bytes_total', 'device="/dev/vda"', 2000],
  ['container_fs_reads_total', 'device="/dev/vda"', 10],
  ['container_fs_writes_total', 'device="/dev/vda"', 20],
  [
    ...(['container_blkio_device_usage_total'] as const),
    'device="/dev/vda",major="254",minor="0",operation="Write"',
    2000,
  ],
  ['container_threads', '', 7],
  ['container_processes', '', 1],
  ['container_file_descriptors', '', 2],
  ['container_sockets', '', 1],
  ['container_tasks_state', 'state="sleeping"', 1],
]

function expectEverything(lines: readonly string[], id: string): void {
  const got = EXPECTED.map(([name, extra]) => [
    ...[name, extra],
    valueOf(lines, `${name}{id="${id}"${extra === '' ? '' : `,${extra}`}}`),
  ])
  expect(got).toEqual(EXPECTED.map(([...row]) => row))
}

describe('the page of containers', () => {
  it('is made from the unified hierarchy', async () => {
    const id = '/system.slice/shop.service'
    machine.write(v2Root())
    machine.write(
      v2Files(id, {
        ...{ memoryMax: '268435456', cpuMax: '50000 100000', pids: [41], cpuMicros: 12_340_000 },
      }),
    )
    machine.write(processFiles(41, '1', netDev([['eth0', 1, 2]])))
    const lines = await collect({ groups: EVERYTHING })()
    expectEverything(lines, id)
    const more = {
      [`container_cpu_usage_seconds_total{id="${id}",cpu="total"}`]: 12.34,
      [`container_cpu_cfs_burst_seconds_total{id="${id}"}`]: 0.5,
      [`container_spec_cpu_shares{id="${id}"}`]: 2597,
      [`container_threads_max{id="${id}"}`]: 100,
      [`container_pressure_cpu_waiting_seconds_total{id="${id}"}`]: 1.5,
      [`container_pressure_io_stalled_seconds_total{id="${id}"}`]: 0.7,
      [`container_memory_events_high_total{id="${id}"}`]: 42,
      'container_pressure_cpu_waiting_seconds_total{id="/"}': 5,
      'container_memory_usage_bytes{id="/"}': 100_000_000,
      'container_memory_swap{id="/"}': 576 * 1024,
      'container_spec_memory_limit_bytes{id="/"}': 2 ** 31,
      'container_network_receive_bytes_total{id="/",interface="eth0"}': 1000,
    }
    for (const [series, value] of Object.entries(more))
      expect([series, valueOf(lines, series)]).toEqual([series, value])
    // No interface of a group that is no container, and none of bridges.
    expect(
      lines
        .filter((line) => line.includes('interface='))
        .every((line) => line.includes('id="/"') && line.includes('eth0')),
    ).toBe(true)
    expect(faults).toEqual([])
  })

  it('is made from the old hierarchies', async () => {
    const id = '/system.slice/shop.service'
    machine.write(v1Files(''))
    machine.write(v1Files(id, [41]))
    machine.write(processFiles(41, '1', netDev([])))
    const lines = await collect({ groups: EVERYTHING })()
    expectEverything(lines, id)
    expect(valueOf(lines, `container_cpu_usage_seconds_total{id="${id}",cpu="cpu00"}`)).toBe(12)
    expect(valueOf(lines, `container_cpu_usage_seconds_total{id="${id}",cpu="cpu01"}`)).toBe(
      0.345678,
    )
    expect(lines.some((line) => line.includes('cpu="cpu02"'))).toBe(false)
    expect(valueOf(lines, `container_threads_max{id="${id}"}`)).toBe(0)
  })

  it('tells of the machine', async () => {
    machine.write(v2Root())
    const lines = await collect()()
    const labels =
      'boot_id="b00tb00t-0000-4000-8000-000000000001",machine_id="0123456789abcdef0123456789abcdef"'
    expect(lines).toContain(`machine_cpu_cores{${labels}} 2`)
    expect(lines).toContain(`machine_cpu_physical_cores{${labels}} 2`)
    expect(lines).toContain(`machine_memory_bytes{${labels}} 2147483648`)
    expect(lines).toContain('container_scrape_error 0')
    expect(lines.find((line) => line.startsWith('cadvisor_version_info'))).toContain(
      'kernelVersion="6.1.0-test",osVersion="Test OS 12"',
    )
  })

  it('has the names, images and labels of Docker, asked once for each container', async () => {
    machine.write({ ...v2Root(), ...v2Files(`/system.slice/docker-${WEB}.scope`) })
    const labels = {
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'web',
      'com.docker.compose.config-hash': 'changes',
      'org.opencontainers.image.description': 'long "text"',
      'my.own-label': 'a "b"\\\n',
    }
    const settings = await withDocker([{ id: WEB, name: 'shop-web-1', image: 'shop:1', labels }])
    const page = collect({ ...settings, labels: { ...settings.labels, environment: ['APP_'] } })
    const lines = await page()
    const expected = [
      `id="/system.slice/docker-${WEB}.scope",name="shop-web-1",image="shop:1"`,
      'container_label_com_docker_compose_project="shop"',
      'container_label_com_docker_compose_service="web"',
      'container_label_my_own_label="a \\"b\\"\\\\\\n"',
      'container_env_app_tier="front"',
    ].join(',')
    expect(valueOf(lines, `container_start_time_seconds{${expected}}`)).toBe(1_795_168_801)
    expect(valueOf(lines, `container_creation_time_seconds{${expected}}`)).toBe(1_795_168_800)
    expect(valueOf(lines, `container_health_state{${expected}}`)).toBe(-1)
    expect(lines.join('\n')).not.toContain('do-not-show')
    await page()
    expect(docker?.asked.filter((asked) => !asked.includes('?'))).toEqual([
      `GET /containers/${WEB}/json`,
    ])
    expect(docker?.asked.every((asked) => asked.startsWith('GET '))).toBe(true)
    const runtime = lines.find((line) => line.startsWith('vedette_container_runtime_up'))
    expect(runtime).toBe(
      `vedette_container_runtime_up{runtime="docker",socket="${docker?.socketPath}"} 1`,
    )
  })

  it('has the names of Podman, whose processes are in a group below', async () => {
    const group = `/machine.slice/libpod-${WEB}.scope`
    machine.write({
      ...v2Root(),
      ...v2Files(group),
      ...v2Files(`${group}/container`, { pids: [41, 42] }),
    })
    machine.write(processFiles(41, '2', netDev([['eth0', 300, 400]])))
    const { docker: podman } = await withDocker([{ id: WEB, name: 'web', image: 'i' }])
    const lines = await collect({ docker: undefined, podman, groups: EVERYTHING })()
    const labels = `id="${group}",name="web",image="i"`
    expect(valueOf(lines, `container_processes{${labels}}`)).toBe(2)
    expect(
      valueOf(lines, `container_network_receive_bytes_total{${labels},interface="eth0"}`),
    ).toBe(300)
    expect(lines.some((line) => line.includes('scope/container"'))).toBe(false)
    expect(
      lines.some((line) => line.startsWith('vedette_container_runtime_up{runtime="podman"')),
    ).toBe(true)
  })

  it('has the labels that are named only, where it is told so', async () => {
    machine.write({ ...v2Root(), ...v2Files(`/docker/${WEB}`) })
    const labels = { a: '1', b: '2' }
    const settings = await withDocker([{ id: WEB, name: 'web', image: 'i', labels }])
    const choice = { storesAll: false, only: new Set(['b']), environment: [] }
    const lines = await collect({ ...settings, labels: choice })()
    expect(
      valueOf(
        lines,
        `container_oom_events_total{id="/docker/${WEB}",name="web",image="i",container_label_b="2"}`,
      ),
    ).toBe(1)
  })

  it('has the network of each container once, and none of those that use another', async () => {
    machine.write(v2Root())
    machine.write({ 'proc/1/ns/net': { link: 'net:[1]' } })
    const groups: readonly (readonly [string, number, string])[] = [
      [WEB, 41, '2'],
      [DB, 42, '2'],
      [HOST_NET, 43, '1'],
    ]
    for (const [id, pid, network] of groups) {
      machine.write(v2Files(`/docker/${id}`, { pids: [pid] }))
      machine.write(
        processFiles(
          pid,
          network,
          netDev([
            ['lo', 1, 1],
            ['eth0', 300, 400],
          ]),
        ),
      )
    }
    const lines = await collect()()
    const received = lines.filter((line) =>
      line.startsWith('container_network_transmit_bytes_total'),
    )
    expect(received).toEqual([
      'container_network_transmit_bytes_total{id="/",interface="eth0"} 2000',
      `container_network_transmit_bytes_total{id="/docker/${WEB}",interface="eth0"} 400`,
    ])
    expect(
      valueOf(
        lines,
        `container_network_receive_errors_total{id="/docker/${WEB}",interface="eth0"}`,
      ),
    ).toBe(1)
    expect(
      valueOf(
        lines,
        `container_network_receive_packets_dropped_total{id="/docker/${WEB}",interface="eth0"}`,
      ),
    ).toBe(2)
  })

  it('is the same for two who ask at once', async () => {
    machine.write({ ...v2Root(), ...v2Files(`/docker/${WEB}`, { pids: [41] }) })
    machine.write(processFiles(41, '2', netDev([['eth0', 300, 400]])))
    const page = collect()
    const series = (lines: readonly string[]): string[] =>
      lines.map((line) => line.replace(/ .*/, ''))
    const [first, second] = await Promise.all([page(), page()])
    expect(first.length).toBeGreaterThan(100)
    expect(series(second)).toEqual(series(first))
  })

  it('tells whether a container is healthy', async () => {
    machine.write({ ...v2Root(), ...v2Files(`/docker/${WEB}`), ...v2Files(`/docker/${DB}`) })
    const settings = await withDocker([
      { id: WEB, name: 'web', image: 'i', health: 'healthy' },
      { id: DB, name: 'db', image: 'i', health: 'unhealthy' },
    ])
    const lines = await collect(settings)()
    expect(valueOf(lines, `container_health_state{id="/docker/${WEB}",name="web",image="i"}`)).toBe(
      1,
    )
    expect(valueOf(lines, `container_health_state{id="/docker/${DB}",name="db",image="i"}`)).toBe(0)
  })

  it('names pods as kubelet does, the group of a pod as well', async () => {
    const pod = '/kubepods.slice/kubepods-pod01234567_89ab_4def_8123_456789abcdef.slice'
    machine.write({
      ...v2Root(),
      ...v2Files('/kubepods.slice'),
      ...v2Files(pod),
      ...v2Files(`${pod}/cri-containerd-${WEB}.scope`),
    })
    const labels = {
      'io.kubernetes.container.name': 'app',
      'io.kubernetes.pod.name': 'shop-1',
      'io.kubernetes.pod.namespace': 'prod',
      'io.kubernetes.pod.uid': '01234567-89ab-4def-8123-456789abcdef',
    }
    const settings = await withDocker([{ id: WEB, name: 'k8s_app', image: 'i', labels }])
    const choice = { storesAll: false, only: new Set<string>(), environment: [] }
    const lines = await collect({ ...settings, labels: choice })()
    expect(
      lines
        .filter((line) => line.startsWith('container_oom_events_total{'))
        .map((line) => line.replace(/ .*/, '')),
    ).toEqual([
      'container_oom_events_total{id="/kubepods.slice"}',
      `container_oom_events_total{id="${pod}",pod="shop-1",namespace="prod"}`,
      `container_oom_events_total{id="${pod}/cri-containerd-${WEB}.scope",name="k8s_app",image="i",container="app",pod="shop-1",namespace="prod"}`,
    ])
  })

  it('leaves out what it is told to, mounts, and what is inside of containers', async () => {
    machine.write(v2Root())
    for (const group of [
      '/system.slice/a.service',
      '/system.slice/home.mount',
      `/docker/${WEB}`,
      `/docker/${WEB}/init.scope`,
      `/docker/${WEB}/docker/${DB}`,
      `/machine.slice/libpod-conmon-${HOST_NET}.scope`,
    ])
      machine.write(v2Files(group))
    const ids = async (settings: Partial<ContainersSettings>): Promise<string[]> =>
      (await collect(settings)()).flatMap(
        (line) => /^container_last_seen\{id="([^"]*)"/.exec(line)?.[1] ?? [],
      )
    const all = await ids({})
    expect(all).toContain('/system.slice/a.service')
    expect(all).toContain(`/docker/${WEB}/docker/${DB}`)
    expect(all).not.toContain('/system.slice/home.mount')
    expect(all).not.toContain(`/docker/${WEB}/init.scope`)
    expect(await ids({ dockerOnly: true })).toEqual([
      '/',
      `/docker/${WEB}`,
      `/docker/${WEB}/docker/${DB}`,
    ])
    expect(await ids({ dockerOnly: true, rawPrefixes: ['/system.slice/a'] })).toContain(
      '/system.slice/a.service',
    )
    expect(await ids({ include: '^/system' })).toEqual(
      ['/', '/system.slice', '/system.slice/a.service'].filter((id) => all.includes(id)),
    )
    expect(await ids({ exclude: 'service$|docker' })).not.toContain('/system.slice/a.service')
  })

  it('measures the writable layer of a container', async () => {
    const upper = '/var/lib/docker/overlay2/x/diff'
    machine.write({ ...v2Root(), ...v2Files(`/docker/${WEB}`) })
    machine.write({ [`${upper}/file`]: 'x'.repeat(100_000), [`${upper}/deep/er`]: 'y' })
    machine.write({
      'proc/1/mountinfo':
        '28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n29 28 0:25 / /run rw - tmpfs tmpfs rw\n',
    })
    const settings = await withDocker([{ id: WEB, name: 'web', image: 'i', upperDir: upper }])
    const page = collect(settings)
    const labels = `id="/docker/${WEB}",name="web",image="i",device="/dev/vda1"`
    let lines = await page()
    while (valueOf(lines, `container_fs_usage_bytes{${labels}}`) === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      lines = await page()
    }
    expect(valueOf(lines, `container_fs_usage_bytes{${labels}}`)).toBeGreaterThanOrEqual(100_000)
    expect(valueOf(lines, `container_fs_inodes_total{${labels}}`)).toBe(4)
    const whole = valueOf(lines, 'container_fs_limit_bytes{id="/",device="/dev/vda1"}')
    expect(valueOf(lines, `container_fs_limit_bytes{${labels}}`)).toBe(whole)
    expect(valueOf(lines, 'container_fs_io_current{id="/",device="/dev/vda1"}')).toBe(3)
    expect(valueOf(lines, 'container_fs_write_seconds_total{id="/",device="/dev/vda1"}')).toBe(
      0.005,
    )
  })
})
