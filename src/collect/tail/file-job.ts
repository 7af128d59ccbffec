import { hostname } from 'node:os'
import { env } from 'node:process'
import { compileRelabel, type Relabeler } from '../../ingest/relabel.ts'
import { messageOf } from '../../model/problem.ts'
import type { OtherDiscovery } from '../config/discovery.ts'
import type { Discoveries } from '../discovery/discoveries.ts'
import { fileDiscovery } from '../discovery/file.ts'
import { staticDiscovery } from '../discovery/static.ts'
import { toTargetGroup, type Discovery, type TargetGroup } from '../discovery/target-group.ts'
import type { TailConfig } from './config/promtail-config.ts'
import type { TailJob } from './config/tail-job.ts'
import { HOST_FILES_JOB } from './config/host-logs.ts'
import { decideFileTargets, type FileTargetSpec } from './files/decide-file-targets.ts'
import { FileTarget, type FileDeps } from './files/file-target.ts'
import { lastLines } from './files/first-offset.ts'
import { isTextFile } from './files/is-text-file.ts'
import type { StageProgram } from './stages/entry.ts'

/** Files of one pattern that are read. */
const MAX_FILES = 5000
/** The same, of this host's logs when nothing is configured: nobody has asked for them. */
const MAX_HOST_FILES = 500
/** Of a file that was there before, so much is read then. */
const HOST_FIRST_BYTES = 256 * 1024

export interface FileJobOptions {
  readonly job: TailJob
  readonly config: TailConfig
  readonly program: StageProgram
  /** This host's logs, which nobody has configured. */
  readonly isHost: boolean
  readonly discoveries: Discoveries
}

/** Whether a discovery finds containers whose logs Docker itself gives; what the others find has files. */
export function isOfContainers({ key }: OtherDiscovery): boolean {
  return key === 'docker_sd_configs'
}

/** The files of one scrape job: what its discoveries find, relabelled, each pattern a target. */
export class FileJob {
  readonly #options: FileJobOptions
  readonly #deps: FileDeps
  readonly #relabel: Relabeler
  readonly #discoveries: readonly Discovery[]
  readonly #found = new Map<Discovery, readonly TargetGroup[]>()
  readonly #targets = new Map<string, FileTarget>()
  readonly #stopping = new Set<Promise<void>>()
  #isStopped = false

  constructor(options: FileJobOptions, deps: FileDeps) {
    this.#options = options
    this.#deps = deps
    this.#relabel = compileRelabel(options.job.relabelConfigs)
    this.#discoveries = this.#createDiscoveries()
  }

  start(): void {
    for (const discovery of this.#discoveries) {
      discovery.start((groups) => {
        this.#found.set(discovery, groups)
        if (!this.#isStopped) this.#sync()
      })
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const discovery of this.#discoveries) discovery.stop()
    const targets = Array.from(this.#targets.values(), (target) => target.stop())
    await Promise.all([...this.#stopping, ...targets])
  }

  #createDiscoveries(): readonly Discovery[] {
    const { discovery, jobName } = this.#options.job
    const groups = discovery.static.map((group, i) => {
      // promtail runs where the files are: the address of a target does not matter, and may be left out.
      const addresses = group.targets.length === 0 ? ['localhost'] : group.targets
      return toTargetGroup(String(i), addresses, group.labels)
    })
    const files = discovery.file.map(({ files: patterns, refreshIntervalMs }) =>
      fileDiscovery({
        patterns,
        refreshIntervalMs,
        onFault: (file, message) =>
          this.#deps.log.warn('targets cannot be read from a file; those it gave before stay', {
            ...{ job: jobName, file, reason: message },
          }),
      }),
    )
    const log = this.#deps.log.child({ job: jobName })
    const items = discovery.others.filter((item) => !isOfContainers(item))
    const others = this.#options.discoveries.create(items, jobName, log)
    return [...(groups.length === 0 ? [] : [staticDiscovery(groups)]), ...files, ...others]
  }

  #sync(): void {
    const { job, config } = this.#options
    try {
      const { wanted, failed } = decideFileTargets(
        [...this.#found.values()].flat(),
        this.#relabel,
        {
          hostname: ownName(),
          folder: config.folder,
          mounts: job.mounts,
        },
      )
      for (const reason of failed) this.#deps.metrics.targetsFailed.with(reason).inc()
      for (const [key, target] of this.#targets) {
        if (wanted.has(key)) continue
        this.#targets.delete(key)
        const stopping = target.stop().finally(() => this.#stopping.delete(stopping))
        this.#stopping.add(stopping)
      }
      for (const [key, spec] of wanted) {
        if (this.#targets.has(key)) continue
        const target = this.#createTarget(spec)
        this.#targets.set(key, target)
        target.start()
      }
    } catch (thrown) {
      const reason = messageOf(thrown)
      this.#deps.log.error('the targets could not be decided', { job: job.jobName, reason })
    }
  }

  #createTarget({ pattern, exclude, labels }: FileTargetSpec): FileTarget {
    const { job, config, program, isHost } = this.#options
    const looksInside = isHost && job.jobName === HOST_FILES_JOB
    return new FileTarget(
      {
        ...{ pattern, exclude, labels },
        ...{ job: job.jobName, program, form: job.form, compression: job.compression },
        scanIntervalMs: config.scanIntervalMs,
        isAskedFor: !isHost,
        maxFiles: looksInside ? MAX_HOST_FILES : MAX_FILES,
        accepts: (_, handle) => (looksInside ? isTextFile(handle) : Promise.resolve(true)),
        firstOffset: (handle, sizeBytes) => {
          if (looksInside) return lastLines(handle, sizeBytes, HOST_FIRST_BYTES)
          return Promise.resolve(job.startsAtEnd === true ? sizeBytes : 0)
        },
      },
      this.#deps,
    )
  }
}

/** Of the machine whose files are read: in a pod promtail is told the name of its node by a variable (filetargetmanager.go). */
function ownName(): string {
  const told = env['HOSTNAME']
  return told === undefined || told === '' ? hostname() : told
}
