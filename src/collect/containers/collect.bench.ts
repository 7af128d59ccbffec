// The page of a host with a hundred containers of Compose and sixty services of systemd, on a tree of files: time of a scrape without
// what the kernel takes to count. `npm run bench -- micro containers`.
import { join } from 'node:path'
import { afterAll, beforeAll, bench } from 'vitest'
import { ContainerCollector } from './collect.ts'
import { startFakeDocker, type FakeContainer, type FakeDocker } from './fake-docker.ts'
import { makeFakeMachine, netDev, processFiles, v2Files, v2Root } from './fake-machine.ts'

const CONTAINERS = 100
const SERVICES = 60

const machine = makeFakeMachine()
const { signal } = new AbortController()
let docker: FakeDocker
let containers: ContainerCollector
let everything: ContainerCollector

beforeAll(async () => {
  machine.write(v2Root())
  const known = Array.from({ length: CONTAINERS }, (_, i): FakeContainer => {
    const id = i.toString(16).padStart(64, 'a')
    const pid = 1000 + i
    const bounds = { memoryMax: '268435456', cpuMax: '50000 100000' }
    machine.write(v2Files(`/system.slice/docker-${id}.scope`, { pids: [pid], ...bounds }))
    machine.write(processFiles(pid, String(pid), netDev([['eth0', 300, 400]])))
    const labels = {
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'web',
      'com.docker.compose.container-number': String(i),
    }
    return { id, pid, labels, name: `shop-web-${i}`, image: 'registry.example.org/web:1.2.3' }
  })
  for (let i = 0; i < SERVICES; i++) machine.write(v2Files(`/system.slice/s${i}.service`))
  docker = await startFakeDocker(join(machine.root, 'docker.sock'), () => known)
  const settings = { ...machine.settings, docker: { path: docker.socketPath } }
  containers = new ContainerCollector({ ...settings, dockerOnly: true }, () => undefined)
  everything = new ContainerCollector(settings, () => undefined)
})

afterAll(async () => {
  containers.close()
  everything.close()
  await docker.stop()
  machine.dispose()
})

bench(`${CONTAINERS} containers`, async () => {
  await containers.page(signal)
})

bench(`${CONTAINERS} containers and ${SERVICES} services`, async () => {
  await everything.page(signal)
})
