import { join } from 'node:path'
import { startFakeDocker, type FakeContainer } from '../../src/collect/containers/fake-docker.ts'
import {
  makeFakeMachine,
  netDev,
  pressure,
  processFiles,
  v2Files,
  v2Root,
} from '../../src/collect/containers/fake-machine.ts'

const NAMES = ['web', 'api', 'worker', 'db', 'cache', 'proxy']
const SERVICES = ['/system.slice/ssh.service', '/system.slice/cron.service']
const MIB = 1024 * 1024
const UPPER = '/var/lib/docker/overlay2'

/** A machine made up of files, with containers that work, and a Docker that knows their names. */
export interface WorkingMachine {
  /** The section `containers` of a configuration that looks at it. */
  readonly section: string
  stop(): Promise<void>
}

/** Starts it: its counters go on every `everyMs`. */
export async function startWorkingMachine(everyMs: number): Promise<WorkingMachine> {
  const machine = makeFakeMachine()
  const containers = NAMES.map((name, i): FakeContainer => ({
    id: String(i + 1).repeat(64),
    name: `shop-${name}-1`,
    image: `registry.example.org/shop/${name}:1.${i}`,
    labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': name },
    pid: 100 + i,
    upperDir: `${UPPER}/${name}/diff`,
    startedAt: new Date(Date.now() - (i + 1) * 3_600_000).toISOString(),
    ...(name === 'db' ? { health: 'healthy' } : name === 'api' ? { health: 'unhealthy' } : {}),
  }))
  machine.write({
    ...v2Root(),
    'proc/1/mountinfo': '28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n',
  })
  const groupOf = ({ id }: FakeContainer): string => `/system.slice/docker-${id}.scope`
  containers.forEach((one, i) => {
    machine.write(processFiles(one.pid ?? 0, String(900 + i), netDev([])))
    machine.write({ [`${one.upperDir}/file`]: 'x'.repeat((i + 1) * 100_000) })
  })
  let step = 0
  const work = (): void => {
    step++
    containers.forEach((one, i) => {
      const wave = 1 + 0.5 * Math.sin(step / 7 + i)
      machine.write({
        ...v2Files(groupOf(one), {
          ...{ pids: [one.pid ?? 0], oomKills: i === 2 ? Math.floor(step / 20) : 0 },
          periods: 1000 + step * 40 * (i + 1),
          cpuMicros: 10_000_000 + Math.round(step * everyMs * 1000 * 0.1 * (i + 1)),
          memoryBytes: Math.round((i + 1) * 50 * MIB * wave),
          ...(i % 2 === 0 ? { memoryMax: String(512 * MIB), cpuMax: '50000 100000' } : {}),
        }),
        ...grown(`cgroup${groupOf(one)}`, i, step),
      })
    })
    SERVICES.forEach((service, i) =>
      machine.write(v2Files(service, { cpuMicros: 5_000_000 + step * 2000 * (i + 1) })),
    )
    machine.write({ 'proc/1/net/dev': netDev([['eth0', step * 90_000, step * 60_000]]) })
  }
  work()
  const docker = await startFakeDocker(join(machine.root, 'docker.sock'), () => containers)
  const timer = setInterval(work, everyMs)
  const { cgroupRoot, procRoot, rootfs } = machine.settings
  return {
    section: `containers: {cgroup_root: ${cgroupRoot}, proc_root: ${procRoot}, rootfs: ${rootfs}, docker: 'unix://${docker.socketPath}', podman: off, containerd: off}`,
    stop: async () => {
      clearInterval(timer)
      await docker.stop()
      machine.dispose()
    },
  }
}

/** Counters that `v2Files` has the same for every group. */
function grown(folder: string, i: number, step: number): Record<string, string> {
  const scaled = step * (i + 1)
  const waits = pressure(scaled * 3000, scaled * 1000)
  return {
    [`proc/${100 + i}/net/dev`]: netDev([['eth0', scaled * 20_000, scaled * 10_000]]),
    [`${folder}/io.stat`]: `254:0 rbytes=${scaled * 40_960} wbytes=${scaled * 20_480} rios=${scaled} wios=${scaled} dbytes=0 dios=0\n`,
    [`${folder}/cpu.pressure`]: waits,
    [`${folder}/memory.pressure`]: waits,
    [`${folder}/io.pressure`]: waits,
  }
}
