import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../../../test/house/read-sources.ts'
import { ContainerCollector } from './collect.ts'
import { makeFakeMachine, netDev, processFiles, v1Files, v2Files, v2Root } from './fake-machine.ts'
import { METRIC_GROUPS } from './metric-groups.ts'

const shared = join(projectRoot, '../shared/data/metrics')
const pages = ['cadvisor.prom', 'cadvisor-machine.prom']

/** Of cAdvisor, but for the last, though the container of that page has no such bounds. */
const NOT_ON_PAGE = new Set([
  'container_spec_memory_limit_bytes',
  'container_spec_memory_swap_limit_bytes',
  'container_spec_memory_reservation_limit_bytes',
  'vedette_container_runtime_up',
])

/** Labels of the group itself, and those of the page that it is compared with. */
const COMMON = new Set([
  ...['id', 'name', 'image', 'zone_name', 'container_env_foo_env', 'container_label_foo_label'],
  ...['boot_id', 'machine_id', 'system_uuid'],
])

interface Known {
  readonly type: string
  readonly help: string
  readonly labels: Set<string>
}

function read(text: string): Map<string, Known> {
  const out = new Map<string, Known>()
  const helps = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name = '', help = ''] = /^# HELP (\S+) (.*)$/.exec(line) ?? []
    if (name !== '') helps.set(name, help)
    const [, typed = '', type = ''] = /^# TYPE (\S+) (.*)$/.exec(line) ?? []
    if (typed !== '') out.set(typed, { type, help: helps.get(typed) ?? '', labels: new Set() })
    const [, series = '', labels = ''] = /^([a-z_0-9]+)\{(.*)\} /.exec(line) ?? []
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) {
      if (!COMMON.has(label)) out.get(series)?.labels.add(label)
    }
  }
  return out
}

async function ownPage(files: readonly Record<string, string>[]): Promise<string> {
  const machine = makeFakeMachine()
  const groups = new Set(METRIC_GROUPS)
  const collector = new ContainerCollector({ ...machine.settings, groups }, () => undefined)
  try {
    for (const each of files) machine.write(each)
    machine.write(processFiles(41, '1', netDev([['eth0', 1, 2]])))
    machine.write({
      'proc/1/mountinfo': '28 1 254:1 / / rw shared:1 - ext4 /dev/vda1 rw\n',
    })
    return String(await collector.page(new AbortController().signal))
  } finally {
    collector.close()
    machine.dispose()
  }
}

describe('names, types, helps and labels', () => {
  const missing = pages.filter((page) => !existsSync(join(shared, page)))
  it.skipIf(missing.length > 0)('are those of cAdvisor', async () => {
    const theirs = new Map<string, Known>()
    for (const page of pages)
      for (const [name, known] of read(readFileSync(join(shared, page), 'utf8')))
        theirs.set(name, known)
    const id = `/docker/${'ab'.repeat(32)}`
    const limits = { pids: [41], memoryMax: '1000000', cpuMax: '50000 100000' }
    const ours = new Map([
      ...read(await ownPage([v2Root(), v2Files(id, limits)])),
      ...read(await ownPage([v1Files(''), v1Files(id, [41])])),
    ])
    const differing = [...ours].filter(([name, { type, help, labels }]) => {
      const same = theirs.get(name)
      if (same === undefined) return !NOT_ON_PAGE.has(name)
      const isSubset = [...labels].every((label) => same.labels.has(label))
      const isWhole = labels.size === same.labels.size || name === 'cadvisor_version_info'
      return same.type !== type || same.help !== help || !isSubset || !isWhole
    })
    expect(differing.map(([name, known]) => [name, known, theirs.get(name)])).toEqual([])
    const absent = [...theirs.keys()].filter((name) => !ours.has(name))
    console.log(
      `of ${theirs.size} families of cAdvisor ${theirs.size - absent.length} are here; not: ${absent.join(', ')}`,
    )
  })
  if (missing.length > 0) console.log(`skipped, for there is no ${missing.join(', ')} in ${shared}`)
})
