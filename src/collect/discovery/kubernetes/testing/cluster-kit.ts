import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { vi } from 'vitest'
import { createLog } from '../../../../self/log.ts'
import { createRegistry } from '../../../../self/metrics.ts'
import { FakeApi } from '../../../kubernetes/testing/fake-api.ts'
import { readJobs } from '../../../scrape/test-scrape.ts'
import { Discoveries } from '../../discoveries.ts'
import type { Discovery, TargetGroup } from '../../target-group.ts'
import { fillCluster } from './cluster-objects.ts'

/** Long enough for a busy machine; what is awaited comes much sooner. */
export const SOON = { timeout: 15_000 }

/** What a discovery has found so far. */
export interface Found {
  groups: readonly TargetGroup[]
  updates: number
}

/** Discovery in a small cluster that is played. */
export class ClusterKit {
  readonly fake: FakeApi
  /** Of the service account, and of configurations. */
  readonly folder = mkdtempSync(path.join(tmpdir(), 'account-'))
  readonly registry = createRegistry()
  readonly said: string[] = []
  readonly running: Discovery[] = []
  /** The variables of the program. */
  readonly env: Record<string, string> = {}
  readonly #discoveries = new Discoveries({
    registry: this.registry,
    cluster: {
      env: this.env,
      folder: this.folder,
      pace: { leastWaitMs: 5, mostWaitMs: 20, watchMs: 60_000 },
      leastBetweenMs: 0,
    },
  })

  private constructor(fake: FakeApi) {
    this.fake = fake
  }

  static async start(): Promise<ClusterKit> {
    const fake = await FakeApi.start()
    fillCluster(fake)
    return new ClusterKit(fake)
  }

  async end(): Promise<void> {
    for (const discovery of this.running.splice(0)) discovery.stop()
    await this.fake.stop()
    rmSync(this.folder, { recursive: true })
  }

  /** Starts the discovery of an item with these keys. */
  discover(keys: string, server = `api_server: "${this.fake.url}", `): Found {
    const [job] = readJobs(
      `{scrape_configs: [{job_name: j, kubernetes_sd_configs: [{${server}${keys}}]}]}`,
      this.folder,
    )
    const found: Found = { groups: [], updates: 0 }
    const log = createLog({ write: (line) => this.said.push(line) })
    for (const discovery of this.#discoveries.create(job?.discovery.others ?? [], 'j', log)) {
      this.running.push(discovery)
      discovery.start((groups) => {
        found.groups = groups
        found.updates++
      })
    }
    return found
  }

  /** Labels of what is found first under these keys. */
  async targetsOf(keys: string): Promise<Record<string, string>[]> {
    const found = this.discover(keys)
    await vi.waitFor(() => {
      if (found.updates === 0) throw new Error('nothing was found yet')
    }, SOON)
    return shown(found)
  }

  /** The value of a metric of discovery, all labels together. */
  metric(name: string): number {
    const family = this.registry.families().find((each) => each.name === name)
    return (family?.metrics ?? []).reduce((sum, { value }) => sum + value, 0)
  }
}

/** Labels of all targets, without `__meta_kubernetes_`. */
export function shown({ groups }: Found): Record<string, string>[] {
  return groups
    .flatMap(({ targets }) => targets)
    .map((target) =>
      Object.fromEntries(
        Object.entries(target.toObject()).map(([name, value]) => [
          name.replace('__meta_kubernetes_', ''),
          value,
        ]),
      ),
    )
}
