import type { Registry } from '../../self/metrics.ts'
import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import type { PushOutcome } from '../../ingest/lines.ts'
import type { Log } from '../../self/log.ts'
import type { JournalConfig } from './config/journal-section.ts'
import type { TailConfig } from './config/promtail-config.ts'
import type { TailJob } from './config/tail-job.ts'
import { createReceivers } from '../syslog/create-receivers.ts'
import type { ReceivingRules } from '../syslog/receiver-source.ts'
import type { Discoveries } from '../discovery/discoveries.ts'
import { dockerSettings } from '../discovery/docker-settings.ts'
import { CursorLines } from './cursor-lines.ts'
import { DockerJob } from './docker/docker-job.ts'
import { FileJob, isOfContainers } from './file-job.ts'
import type { FileEvents } from './files/file-events.ts'
import type { ReadSlots } from './files/read-slots.ts'
import { createJournalLabels } from './journal/journal-labels.ts'
import { JournalSource } from './journal/journal-source.ts'
import { Outbox } from './outbox.ts'
import type { PromtailPositions } from './positions/promtail-positions.ts'
import type { FilePosition } from './positions/position-record.ts'
import type { Positions } from './positions/positions.ts'
import type { ReadClock } from './read-clock.ts'
import { compileStages } from './stages/compile.ts'
import type { StageProgram } from './stages/entry.ts'
import type { TailMetrics } from './tail-metrics.ts'

/** What outlives a change of the configuration. */
export interface TailDeps {
  readonly push: (batch: LogBatch) => Promise<PushOutcome>
  readonly positions: Positions
  readonly clock: ReadClock
  readonly slots: ReadSlots
  /** The data folder of this program, absolute: nothing in it is read. */
  readonly ownFolder: string
  readonly events: FileEvents
  readonly metrics: TailMetrics
  readonly receiving: ReceivingRules
  readonly registry: Registry
  readonly discoveries: Discoveries
  readonly log: Log
  /** Of the first run of all; empty later. */
  readonly takenOver: PromtailPositions
}

interface Source {
  stop(): Promise<void>
}

/** Collection by one configuration, from its start to its end. */
export class TailRun {
  readonly #deps: TailDeps
  readonly #outbox: Outbox
  readonly #sources: Source[] = []
  readonly #programs: StageProgram[] = []
  readonly #inUse = new Set<FilePosition>()
  readonly #checkpoints: NodeJS.Timeout

  constructor(config: TailConfig, isHost: boolean, deps: TailDeps) {
    this.#deps = deps
    this.#outbox = new Outbox(deps)
    this.#outbox.setRules({
      externalLabels: Labels.from(config.externalLabels),
      maxLineBytes: config.maxLineBytes,
      cutsLines: config.cutsLines,
    })
    for (const job of config.jobs) this.#startJob(job, config, isHost)
    this.#checkpoints = setInterval(
      () => void deps.positions.checkpoint(),
      config.positions.syncPeriodMs,
    )
    this.#checkpoints.unref()
  }

  /** Ends reading, and stores what was read if that is possible within the time. What is not is read again later. */
  async stop(timeoutMs: number): Promise<void> {
    clearInterval(this.#checkpoints)
    const stopped = Promise.all(this.#sources.map((source) => source.stop()))
    await this.#outbox.flush(timeoutMs)
    await this.#outbox.stop()
    await stopped
    for (const program of this.#programs) program.stop()
  }

  #startJob(job: TailJob, config: TailConfig, isHost: boolean): void {
    const program = compileStages(job.stages, {
      log: this.#deps.log.child({ job: job.jobName }),
      registry: this.#deps.registry,
    })
    this.#programs.push(program)
    const { static: fixed, file, others } = job.discovery
    const containers = others.filter(isOfContainers)
    if (fixed.length > 0 || file.length > 0 || others.length > containers.length) {
      const files = new FileJob(
        { job, config, program, isHost, discoveries: this.#deps.discoveries },
        {
          ...this.#deps,
          outbox: this.#outbox,
          inUse: this.#inUse,
          takenOver: this.#deps.takenOver.offsets,
        },
      )
      this.#sources.push(files)
      files.start()
    }
    if (job.journal !== undefined) {
      this.#sources.push(this.#createJournal(job, job.journal, program, isHost))
    }
    for (const settings of containers.flatMap((item) => dockerSettings(item) ?? [])) {
      const source = new DockerJob({
        ...{ ...this.#deps, settings, program, outbox: this.#outbox },
        ...{ job: job.jobName, relabelConfigs: job.relabelConfigs },
      })
      this.#sources.push(source)
      source.start()
    }
    for (const receiver of createReceivers(job, program, this.#outbox, this.#deps)) {
      this.#sources.push(receiver)
      receiver.start()
    }
  }

  #createJournal(
    job: TailJob,
    config: JournalConfig,
    program: StageProgram,
    isHost: boolean,
  ): JournalSource {
    const { positions, metrics, log } = this.#deps
    const outbox = this.#outbox
    return new JournalSource({
      ...{ job: job.jobName, config, key: job.jobName },
      lines: new CursorLines({ key: job.jobName, program, outbox }),
      labels: createJournalLabels(config.labels, job.relabelConfigs),
      ...{ positions, outbox, metrics, log, isAskedFor: !isHost },
    })
  }
}
