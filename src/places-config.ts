import path from 'node:path'
import { readArchiveSection, type ArchiveSettings } from './operate/archive/archive-section.ts'
import { readClusterSection, type ClusterSettings } from './cluster/cluster-section.ts'
import { readClickhouse, type ClickhouseConfig } from './clickhouse-config.ts'
import { readBackupSection, type BackupSettings } from './operate/backup/backup-section.ts'
import type { PrometheusConfig } from './collect/config/prometheus-config.ts'
import { readDiskBudget } from './disk-budget-config.ts'
import { readDownsampling } from './downsampling-config.ts'
import type { StartFlags } from './flags-section.ts'
import { readRetention, readStorageLimits, type StorageLimits } from './storage-config.ts'
import type { DiskBudgetSettings } from './store/disk/share-out.ts'
import type { DownsamplingLevel } from './store/downsample/levels.ts'
import type { Retention } from './store/limits.ts'
import { readSignalRetention, type SignalRetention } from './signal-retention.ts'
import type { FaultList } from './yaml/fault.ts'
import { flagFault, readFlag, SIZE } from './yaml/flag.ts'
import type { YamlMap } from './yaml/map.ts'
import type { YamlNode } from './yaml/node.ts'
import type { Secret } from './yaml/secret.ts'

/** Where everything is kept, how much of it, and how it is backed up. */
export interface PlacesConfig {
  /** Absolute. */
  readonly dataFolder: string
  /** The PostgreSQL that holds the metadata; undefined: SQLite in the data folder. */
  readonly metadata: { readonly url: Secret | undefined }
  readonly retention: Retention
  /** Of logs and traces, where vedette.yml says something. */
  readonly signalRetention: SignalRetention
  /** What samples are made into when they are old; empty: nothing. */
  readonly downsampling: readonly DownsamplingLevel[]
  readonly storage: StorageLimits
  /** Undefined: the data directory may grow as far as retention and the disk let it. */
  readonly diskBudget: DiskBudgetSettings | undefined
  readonly memoryBudgetBytes: number
  /** Undefined: the own engine. */
  readonly clickhouse: ClickhouseConfig | undefined
  /** Undefined: this program shares its work with no other. */
  readonly cluster: ClusterSettings | undefined
  /** Undefined: none is taken by itself. */
  readonly backup: BackupSettings | undefined
  /** A second disk for old data; undefined: there is none. */
  readonly archive: ArchiveSettings | undefined
}

/** What places are read from. */
interface PlacesSource {
  readonly key: (name: string) => YamlNode | undefined
  readonly flags: StartFlags
  readonly faults: FaultList
  readonly env: Readonly<Record<string, string | undefined>>
  /** The file that is being read. */
  readonly main: string | undefined
  readonly prometheus: PrometheusConfig
}

/** Reads `storage`, `memory`, `metadata`, `clickhouse`, `backup` and `archive`, and the flags of them. */
export function readPlaces({
  key,
  flags,
  faults,
  env,
  main,
  prometheus,
}: PlacesSource): PlacesConfig {
  const storage = key('storage')?.asMap()
  const memoryBudgetBytes = readBudget(key('memory'), flags, faults)
  const clickhouse = readClickhouse(key('clickhouse'), flags, faults)
  const metadata = readMetadata(key('metadata'))
  const retention = readRetention(storage, flags, prometheus, faults)
  const places = {
    dataFolder: readDataFolder(storage, path.dirname(main ?? '.'), flags),
    metadata,
    cluster: readClusterSection(key('cluster'), {
      ...{ metadata: metadata.url !== undefined, store: clickhouse !== undefined },
    }),
    retention,
    downsampling: readDownsampling(storage, retention.timeMs, clickhouse === undefined),
    signalRetention: readSignalRetention(storage),
    storage: readStorageLimits(storage, memoryBudgetBytes, flags, faults),
    diskBudget: readDiskBudget(storage, flags.diskBudget, clickhouse === undefined, faults),
    memoryBudgetBytes,
    clickhouse,
    backup: readBackupSection(key('backup'), env),
    archive: readArchiveSection(key('archive')),
  }
  if (places.archive !== undefined && places.clickhouse !== undefined) {
    key('archive')?.error(
      'is for the own engine: a ClickHouse (clickhouse.url) has storage policies of its own',
    )
  }
  storage?.finish()
  return places
}

function readDataFolder(storage: YamlMap | undefined, folder: string, flags: StartFlags): string {
  const written = storage?.key('path').asString()
  if (flags.data !== undefined) return path.resolve(flags.data)
  return written === undefined ? path.resolve('data') : path.resolve(folder, written)
}

const MIB = 1024 * 1024
const LEAST_BUDGET_BYTES = 256 * MIB

function readBudget(node: YamlNode | undefined, flags: StartFlags, faults: FaultList): number {
  const map = node?.asMap()
  const place = map?.key('budget')
  const own = place?.bytes()
  map?.finish()
  const flag = readFlag('memory.budget', flags.memoryBudget, faults, SIZE)
  const budget = flag ?? own ?? 450 * MIB
  if (budget < LEAST_BUDGET_BYTES) {
    const message = 'must be at least 256MiB: the engine does not run with less'
    if (flag === undefined) place?.error(message)
    else faults.add(flagFault('memory.budget', message))
  }
  return budget
}

/** `metadata: {url: postgres://…}`, for several replicas that share it. */
function readMetadata(node: YamlNode | undefined): PlacesConfig['metadata'] {
  const map = node?.asMap()
  const place = map?.key('url')
  const url = place?.asSecret()
  map?.finish()
  if (url === undefined) return { url }
  const scheme = URL.canParse(url.reveal()) ? new URL(url.reveal()).protocol : ''
  if (/^postgres(?:ql)?:$/.test(scheme)) return { url }
  place?.error('must be a URL such as postgres://user:password@host:5432/vedette')
  return { url: undefined }
}
