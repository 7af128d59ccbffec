import type { HttpClientConfig } from '../../outbound/http-client.ts'
import { readHttpClient } from '../../outbound/http-client.ts'
import { printHttp } from '../../outbound/print-http-client.ts'
import type { ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { GlobalConfig } from '../config/global.ts'
import type { CommonSettings, ReceiverSection } from './receiver-kind.ts'
import { printTable, readTable, type SettingsOf, type SettingsTable } from './settings-table.ts'

/** What the settings of a kind that speaks HTTP have besides its table. */
export interface HttpSettings extends CommonSettings {
  /** The entry's own `http_config`, else the global one. */
  readonly http: HttpClientConfig
}

/** The settings of a kind that a table describes. */
export type TableSettings<F extends SettingsTable> = SettingsOf<F> & HttpSettings

/** Where the parts of an entry come from. */
export interface EntrySource {
  readonly map: YamlMap
  readonly context: ReadContext
  readonly global: GlobalConfig
}

interface SectionOptions<F extends SettingsTable, S extends TableSettings<F>> {
  readonly name: string
  /** The default of `send_resolved`. */
  readonly sendResolved: boolean
  readonly table: F
  /**
   * Fills in what comes from `global`, and reports what is missing or excludes each other. Undefined when nothing can be sent
   * without what is missing.
   */
  readonly complete: (values: TableSettings<F>, source: EntrySource) => S | undefined
}

/** The section of a kind that speaks HTTP and that a table describes. */
export function httpSection<F extends SettingsTable, S extends TableSettings<F>>(
  options: SectionOptions<F, S>,
): ReceiverSection<S> {
  const { name, table } = options
  return {
    name,
    read: (map, context, global) => {
      const common = {
        sendResolved: map.key('send_resolved').asBool() ?? options.sendResolved,
        http: readEntryHttp(map, context) ?? global.http,
      }
      const values = { ...readTable(table, map, context), ...common }
      return options.complete(values, { map, context, global })
    },
    print: (settings) => ({
      http_config: printHttp(settings.http),
      ...printTable(table, settings),
    }),
  }
}

/** The `http_config` of an entry; undefined when it has none. */
export function readEntryHttp(map: YamlMap, context: ReadContext): HttpClientConfig | undefined {
  const inner = map.key('http_config').asMap()
  if (!inner) return undefined
  const http = readHttpClient(inner, context, { knowsProxies: true })
  inner.finish()
  return http
}
