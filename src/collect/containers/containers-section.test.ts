import { describe, expect, it } from 'vitest'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { parseYaml } from '../../yaml/parse.ts'
import {
  DEFAULT_CONTAINERS,
  readContainersSection,
  type ContainersSettings,
} from './containers-section.ts'

function read(text: string): { settings: ContainersSettings; faults: readonly string[] } {
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'v.yml', faults, env: {} })
  if (node === undefined) throw new Error('not YAML')
  const settings = readContainersSection(node)
  return { settings, faults: faults.items.map(formatFault) }
}

describe('the section containers', () => {
  it('is the defaults when it is empty', () => {
    expect(read('{}')).toEqual({ settings: DEFAULT_CONTAINERS, faults: [] })
  })

  it('reads everything', () => {
    const { settings, faults } = read(`
cgroup_root: /host/sys/fs/cgroup/
proc_root: /host/proc
rootfs: /host
docker: unix:///host/run/docker.sock
podman: off
containerd: /run/c.sock
containerd_namespaces: [k8s.io]
docker_only: true
raw_cgroup_prefix_whitelist: /system.slice/a, /b
include: '^shop'
exclude: test$
store_container_labels: false
whitelisted_container_labels: [a, b.c]
env_metadata_whitelist: APP_
disable_metrics: percpu,tcp
`)
    expect(faults).toEqual([])
    expect(settings).toMatchObject({
      ...{ cgroupRoot: '/host/sys/fs/cgroup', procRoot: '/host/proc', rootfs: '/host' },
      docker: { path: '/host/run/docker.sock' },
      podman: undefined,
      containerd: { path: '/run/c.sock' },
      containerdNamespaces: ['k8s.io'],
      dockerOnly: true,
      rawPrefixes: ['/system.slice/a', '/b'],
      ...{ include: '^shop', exclude: 'test$' },
      labels: { storesAll: false, only: new Set(['a', 'b.c']), environment: ['APP_'] },
    })
    expect(settings.groups.has('percpu')).toBe(false)
    expect(settings.groups.has('memory')).toBe(true)
  })

  it('measures what enable_metrics names, and says what it does not know', () => {
    const { settings, faults } = read('{enable_metrics: [memory, process, sched]}')
    expect([...settings.groups]).toEqual(['memory', 'process'])
    expect(faults).toEqual(['v.yml:1:18: warning: enable_metrics: sched is not measured here'])
  })

  it.each([
    ['cgroup_root: sys', 'v.yml:1:14: cgroup_root: must be a path from the root: /…'],
    [
      'docker: tcp://h:2375',
      'v.yml:1:9: docker: must be the path of a socket (unix:///run/…), auto or off',
    ],
    ['include: "("', 'v.yml:1:10: include: error parsing regexp: missing closing ): `(`'],
    [
      'disable_metrics: [memroy]',
      'v.yml:1:18: disable_metrics: there is no group memroy; there are cpu, percpu, cpuLoad, memory, disk, diskIO, network, oom_event, pressure, process',
    ],
    ['docker_onyl: true', 'v.yml:1:1: docker_onyl: unknown key'],
    ['[a]', 'v.yml:1:1: must be a mapping'],
  ])('refuses %s', (text, message) => {
    const { faults } = read(text)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(message)
  })
})
