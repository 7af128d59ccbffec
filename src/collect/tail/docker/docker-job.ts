import { compileRelabel, type Relabeler } from '../../../ingest/relabel.ts'
import { Labels } from '../../../model/labels.ts'
import { messageOf } from '../../../model/problem.ts'
import type { Log } from '../../../self/log.ts'
import { DockerClient } from '../../discovery/docker-client.ts'
import type { Discoveries } from '../../discovery/discoveries.ts'
import { dockerDiscovery } from '../../discovery/docker.ts'
import type { DockerSettings } from '../../discovery/docker-settings.ts'
import type { Discovery, TargetGroup } from '../../discovery/target-group.ts'
import { CursorLines } from '../cursor-lines.ts'
import type { Outbox } from '../outbox.ts'
import type { Positions } from '../positions/positions.ts'
import { publicLabels } from '../public-labels.ts'
import type { StageProgram } from '../stages/entry.ts'
import type { TailMetrics } from '../tail-metrics.ts'
import { ContainerCursor } from './container-cursor.ts'
import { ContainerSource } from './container-source.ts'
import type { OutputStream } from './container-stream.ts'

/** A container that has written nothing for so long is one that was removed, or its lines are too old for the store. */
const FORGET_MS = 30 * 86_400_000

export interface DockerJobOptions {
  readonly job: string
  readonly settings: DockerSettings
  readonly relabelConfigs: Parameters<typeof compileRelabel>[0]
  readonly program: StageProgram
  readonly outbox: Outbox
  readonly positions: Positions
  readonly metrics: TailMetrics
  readonly discoveries: Discoveries
  readonly log: Log
}

/** The containers of a Docker daemon: found, relabelled, and each followed as long as it runs. */
export class DockerJob {
  readonly #options: DockerJobOptions
  readonly #log: Log
  readonly #relabel: Relabeler
  readonly #client: DockerClient
  readonly #discovery: Discovery
  readonly #sources = new Map<string, ContainerSource>()
  readonly #leaving = new Set<ContainerSource>()
  #isStopped = false

  constructor(options: DockerJobOptions) {
    const { settings } = options
    this.#options = options
    this.#log = options.log.child({ job: options.job })
    this.#relabel = compileRelabel(options.relabelConfigs)
    const oldestMs = Date.now() - FORGET_MS
    options.positions.forgetCursors(
      (key, cursor) =>
        key.startsWith(keyOf(options.job, '')) && new ContainerCursor(cursor).lastMs < oldestMs,
    )
    this.#client = new DockerClient(settings.place, settings.http)
    this.#discovery = dockerDiscovery(
      this.#client,
      settings,
      options.discoveries.depsOf(options.job, this.#log.child({ host: settings.host })),
    )
  }

  start(): void {
    this.#discovery.start((groups) => {
      try {
        if (!this.#isStopped) this.#sync(groups)
      } catch (thrown) {
        this.#log.error('the containers could not be decided', { reason: messageOf(thrown) })
      }
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#discovery.stop()
    const sources = [...this.#sources.values(), ...this.#leaving]
    await Promise.all(sources.map((source) => source.stop()))
  }

  #sync(groups: readonly TargetGroup[]): void {
    // As in promtail, of a container with several ports or networks the first target counts.
    const found = new Map<string, Labels>()
    for (const labels of groups.flatMap(({ targets }) => targets)) {
      const id = labels.get('__meta_docker_container_id')
      if (id !== '' && !found.has(id)) found.set(id, labels)
    }
    for (const [id, source] of this.#sources) {
      if (found.has(id)) continue
      this.#sources.delete(id)
      this.#leaving.add(source)
      void source.finish().finally(() => this.#leaving.delete(source))
    }
    for (const [id, labels] of found) {
      if (this.#sources.has(id)) continue
      const streams = {
        stdout: this.#streamOf(labels, 'stdout'),
        stderr: this.#streamOf(labels, 'stderr'),
      }
      if (streams.stdout === undefined && streams.stderr === undefined) {
        this.#options.metrics.targetsFailed.with('empty_labels').inc()
        continue
      }
      this.#sources.set(id, this.#createSource(id, labels, streams))
    }
  }

  #streamOf(labels: Labels, stream: OutputStream): Labels | undefined {
    const relabeled = this.#relabel.apply(
      labels.with({ __meta_docker_container_log_stream: stream }),
    )
    const shown = relabeled === undefined ? Labels.EMPTY : publicLabels(relabeled)
    return shown.size === 0 ? undefined : shown
  }

  #createSource(
    id: string,
    labels: Labels,
    streams: Readonly<Record<OutputStream, Labels | undefined>>,
  ): ContainerSource {
    const { job, program, outbox, positions, metrics } = this.#options
    const key = keyOf(job, id)
    return new ContainerSource({
      ...{ id, key, outbox, positions, metrics },
      client: this.#client,
      lines: new CursorLines({ key, program, outbox }),
      labels: (stream) => streams[stream],
      log: this.#log.child({ container: labels.get('__meta_docker_container_name') }),
    })
  }
}

/** The name of a container's cursor among the positions. */
function keyOf(job: string, id: string): string {
  return `docker-${job}-${id}`
}
