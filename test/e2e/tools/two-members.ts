import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ClusterJson, ClusterMemberJson } from '../../../src/contract/cluster.ts'
import { parseJson } from '../../house/parse-json.ts'
import { Cluster } from '../../integration/postgres/cluster.ts'
import { findFreePorts } from '../free-ports.ts'
import { startServer, type Server } from '../server.ts'
import { AlertReceiver } from './alert-receiver.ts'
import type { Exporter } from './exporter.ts'
import { own, ownExporter, ownFolder } from './owned.ts'
import { startVedette } from './run-vedette.ts'
import { waitFor } from './wait-for.ts'

export const SHOPS = Array.from({ length: 8 }, (_, i) => i)
/** Of scrapes and of rules. */
export const INTERVAL_MS = 2000
/** Longer than any member of the test needs for anything, on a slow machine. */
export const PATIENCE_MS = 120_000

const PASSWORD = 'of the engine, for a test'

const isAnswer = (json: unknown): json is { readonly data: ClusterJson | null } => json !== null

/**
 * What members of a cluster share: one engine, one PostgreSQL, one folder of configuration; targets `shop` 0 to 7, each with its own
 * path, and a receiver of notifications. Everything goes with the test.
 */
export class TwoMembers {
  readonly postgres: Cluster
  readonly receiver: AlertReceiver
  /** Shops that are down, by what they say of themselves. */
  readonly down = new Set<number>()
  /** When each shop was scraped. */
  readonly scrapes: number[][] = SHOPS.map(() => [])
  readonly #configPath: string

  private constructor(postgres: Cluster, receiver: AlertReceiver, configPath: string) {
    this.postgres = postgres
    this.receiver = receiver
    this.#configPath = configPath
  }

  static async prepare(programs: string): Promise<TwoMembers> {
    const folder = ownFolder()
    const postgres = await Cluster.start(programs)
    onTestFinished(() => postgres.stop())
    const [port = 0] = await findFreePorts(1)
    writeFileSync(join(folder, 'password'), PASSWORD)
    const engine = startVedette(
      ...['engine', '--listen', `127.0.0.1:${port}`, '--data', join(folder, 'engine')],
      ...['--password-file', join(folder, 'password')],
    )
    onTestFinished(async () => {
      await engine.interrupt()
    })
    await waitFor('the engine', () => engine.out().includes('answers on'), PATIENCE_MS)
    const receiver = await AlertReceiver.own()
    const exporter = await ownExporter()
    const config = writeConfig({ folder, postgres, port, receiver, exporter })
    const members = new TwoMembers(postgres, receiver, config)
    for (const shop of SHOPS) {
      exporter.page(`/shop${shop}`, () => {
        members.scrapes[shop]?.push(Date.now())
        return `shop_down ${members.down.has(shop) ? 1 : 0}\n`
      })
    }
    return members
  }

  async join(name: string): Promise<Server> {
    return own(
      await startServer({
        configPath: this.#configPath,
        listeners: ['alertmanager', 'ui'],
        env: { MEMBER: name, VEDETTE_ADMIN_PASSWORD: 'first admin of a test' },
        readyTimeoutMs: PATIENCE_MS,
      }),
    )
  }

  /** Resolves when the work is divided evenly among so many members. */
  async untilEven(server: Server, count: number): Promise<ClusterJson> {
    return waitFor(
      `an even division among ${count}`,
      async () => {
        const seen = await seeCluster(server)
        const alive = seen?.members.filter(({ isAlive }) => isAlive) ?? []
        const least = Math.floor((seen?.shards ?? 0) / count)
        const isEven = alive.length === count && alive.every(({ shards }) => shards >= least)
        return isEven && seen
      },
      PATIENCE_MS,
    )
  }

  /** `shop firing` and the like, of everything that was received. */
  told(): string[] {
    return this.receiver.received
      .flatMap(({ alerts }) => alerts)
      .map(({ labels, status }) => `${labels['shop']} ${status}`)
  }

  /** Resolves when it was told that a shop is down, and is written down so: who tells now knows. */
  async untilNoted(shop: number): Promise<void> {
    await this.untilTold(`${shop} firing`)
    const query = `select count(*) from notification_log where firing <> '' and position('shop="${shop}"' in group_key) > 0`
    await waitFor(
      `shop ${shop} in the log of notifications`,
      () => Number(this.postgres.sql(query)) > 0,
      PATIENCE_MS,
    )
  }

  async untilTold(what: string): Promise<void> {
    await waitFor(`the notification ${what}`, () => this.told().includes(what), PATIENCE_MS)
  }
}

export async function seeCluster(server: Server): Promise<ClusterJson | undefined> {
  const response = await fetch(`${server.url()}/api/v1/status/cluster`)
  return parseJson(await response.text(), isAnswer).data ?? undefined
}

/** The member that sends notifications. */
export async function findTeller(server: Server): Promise<ClusterMemberJson> {
  return waitFor('who sends notifications', async () => {
    const seen = await seeCluster(server)
    return seen?.members.find(({ sendsNotifications }) => sendsNotifications)
  })
}

interface Written {
  readonly folder: string
  readonly postgres: Cluster
  readonly port: number
  readonly receiver: AlertReceiver
  readonly exporter: Exporter
}

/** Two members of one machine must not take a loopback address for their own: the shops have names, and `addresses` says where. */
function writeConfig({ folder, postgres, port, receiver, exporter }: Written): string {
  const config = join(folder, 'config')
  mkdirSync(join(config, 'rules'), { recursive: true })
  const write = (file: string, text: string): void => writeFileSync(join(config, file), text)
  const shops = SHOPS.map(
    (shop) =>
      `      - {targets: ['shop.example:80'], labels: {shop: '${shop}', __metrics_path__: /shop${shop}}}`,
  )
  write(
    'prometheus.yml',
    `global: {scrape_interval: 2s, evaluation_interval: 2s}
rule_files: [rules/*.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['alertmanager:9093']}]}]}
scrape_configs:
  - job_name: shops
    static_configs:
${shops.join('\n')}
`,
  )
  const groups = SHOPS.map(
    (i) =>
      `  - {name: g${i}, rules: [{record: 'seen:g${i}', expr: 'vector(1)'}, {alert: Down, expr: 'shop_down{shop="${i}"} == 1', for: 4s}]}`,
  )
  write('rules/shops.yml', `groups:\n${groups.join('\n')}\n`)
  write(
    'alertmanager.yml',
    `route: {receiver: hook, group_by: [alertname, shop], group_wait: 1s, group_interval: 2s, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: '${receiver.url}'}]}]
`,
  )
  const database = `postgres:///postgres?host=${encodeURIComponent(postgres.folder)}&user=vedette`
  write(
    'vedette.yml',
    `cluster: {name: "\${MEMBER}"}
metadata: {url: '${database}'}
clickhouse: {url: 'http://127.0.0.1:${port}', username: vedette, password: '${PASSWORD}'}
addresses: {'shop.example:80': '${exporter.address}'}
prometheus: prometheus.yml
alertmanager: alertmanager.yml
`,
  )
  return join(config, 'vedette.yml')
}
