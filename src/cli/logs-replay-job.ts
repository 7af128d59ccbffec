import path from 'node:path'
import { readStages } from '../collect/tail/stages/read-stages.ts'
import type { StageList } from '../collect/tail/stages/stage.ts'
import { compileAnchored } from '../model/regex.ts'
import { Problem } from '../model/problem.ts'
import { FaultList, formatFault } from '../yaml/fault.ts'
import type { YamlMap } from '../yaml/map.ts'
import type { YamlNode } from '../yaml/node.ts'
import { readYamlFile } from '../yaml/read-file.ts'
import { UsageError } from './usage-error.ts'

/** The part of a scrape job that a file of lines is replayed through. */
export interface ReplayJob {
  readonly name: string
  readonly stages: StageList
  /** Of its first static target, without those that begin with `__`. */
  readonly labels: Readonly<Record<string, string>>
  /** It has rules for labels, which are not run here. */
  readonly relabels: boolean
}

interface JobNode {
  readonly name: string
  readonly map: YamlMap
  readonly paths: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/**
 * Reads the job of a promtail file that lines are replayed through: the one named, the only one, or the one whose `__path__` fits the
 * name of the file. Warnings go to `warn`. Throws a `Problem` with every fault of the job's stages, and a `UsageError` when it is
 * not clear which job is meant.
 */
export function readReplayJob(
  configFile: string,
  wanted: { readonly job: string | undefined; readonly file: string },
  warn: (text: string) => void,
): ReplayJob {
  const faults = new FaultList()
  const root = readYamlFile(configFile, { faults, env: process.env })
  const job = root && chooseJob(root, configFile, wanted)
  const stages = job === undefined ? [] : readStages(job.map.key('pipeline_stages'))
  const shown = faults.items.map(formatFault)
  if (faults.hasErrors) throw new Problem('bad_data', shown.join('\n'))
  for (const text of shown) warn(text)
  if (job === undefined) throw new Problem('bad_data', `${configFile}: nothing is in it`)
  const { name, map, labels } = job
  return { name, stages, labels, relabels: !map.key('relabel_configs').isEmpty }
}

function chooseJob(
  root: YamlNode,
  configFile: string,
  wanted: { readonly job: string | undefined; readonly file: string },
): JobNode {
  const map = root.asMap()
  const part = map?.key('promtail').isMap === true ? map.key('promtail').asMap() : map
  const jobs = (part?.key('scrape_configs').asList() ?? []).flatMap((node) => readJob(node) ?? [])
  const names = jobs.map(({ name }) => name).join(', ')
  const { job: name, file } = wanted
  if (jobs.length === 0) {
    throw new Problem('bad_data', `${configFile}: there is no job in scrape_configs`)
  }
  if (name !== undefined) {
    const named = jobs.find((job) => job.name === name)
    if (named !== undefined) return named
    throw new UsageError(`--job: ${configFile} has no job ${name}; it has ${names}`)
  }
  const fitting = jobs.filter(({ paths }) => paths.some((pattern) => fits(pattern, file)))
  const [only, second] = jobs.length === 1 ? jobs : fitting
  if (only !== undefined && second === undefined) return only
  throw new UsageError(`--job: say which job of ${configFile} is meant: ${names}`)
}

function readJob(node: YamlNode): JobNode | undefined {
  const map = node.asMap()
  if (map === undefined) return undefined
  const targets = (map.key('static_configs').asList() ?? []).flatMap((item) => {
    const labels = item.asMap()?.key('labels').asMap()?.entries() ?? []
    return [labels.map((label): [string, string] => [label.name, label.asString() ?? ''])]
  })
  const own = targets[0] ?? readLabels(map.key('journal')) ?? []
  return {
    name: map.key('job_name').asString() ?? '(without a name)',
    map,
    paths: targets.flatMap((labels) =>
      labels.flatMap(([n, value]) => (n === '__path__' ? value : [])),
    ),
    labels: Object.fromEntries(own.filter(([name]) => !name.startsWith('__'))),
  }
}

function readLabels(node: YamlNode): [string, string][] | undefined {
  if (!node.isMap) return undefined
  const labels = node.asMap()?.key('labels').asMap()?.entries() ?? []
  return labels.map((label) => [label.name, label.asString() ?? ''])
}

/** Whether the last part of a pattern such as `/var/log/app/*.log` fits the name of a file. */
function fits(pattern: string, file: string): boolean {
  const source = path
    .basename(pattern)
    .replace(/[.+^$()|[\]\\{}]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
  return compileAnchored(source).test(path.basename(file))
}
