/** Sections of a Loki file that are of parts which Vedette has in another form or not at all, and why they do nothing here. */
const LOKI: readonly (readonly [reason: string, names: readonly string[]])[] = [
  [
    'lines are in the store of the program, at storage.path or clickhouse.url, which needs no schema',
    ['storage_config', 'schema_config', 'chunk_store_config'],
  ],
  ['limits_config.retention_period says how long lines are kept', ['table_manager']],
  [
    'one process without a ring; lines are at storage.path or clickhouse.url',
    ['common', 'target', 'memberlist', 'compactor_grpc_client'],
  ],
  [
    'a line is stored when its push is answered: there are no ingesters and no chunks',
    ['ingester', 'ingester_client', 'ballast_bytes', 'ingest_limits', 'ingest_limits_frontend'],
  ],
  [
    'the store itself answers queries, within limits_config',
    [
      ...['querier', 'query_scheduler', 'query_engine', 'frontend', 'frontend_worker'],
      ...['query_range', 'index_gateway'],
    ],
  ],
  [
    'patterns are found in what is asked for, and words by an index of the store',
    ['pattern_ingester', 'bloom_build', 'bloom_gateway', 'bloom_compactor'],
  ],
  [
    'there are no tenants with limits of their own',
    ['runtime_config', 'operational_config', 'tenant_limits_allow_publish', 'lbac'],
  ],
  ['nothing is reported to anybody', ['analytics']],
  [
    'the program has its own traces (telemetry) and figures (/metrics)',
    ['tracing', 'profiling', 'metrics_namespace'],
  ],
  ['there is no such part', ['kafka_config', 'dataobj', 'ui']],
  ['it ends within ten seconds', ['shutdown_delay']],
]

/** Sections of a Tempo file in the same way; those of Tempo 3.0 included. */
const TEMPO: readonly (readonly [reason: string, names: readonly string[]])[] = [
  ['the API answers at the top of its port', ['http_api_prefix', 'internal_server']],
  ['it ends within ten seconds', ['shutdown_delay']],
  ['this program is not written in Go', ['enable_go_runtime_metrics', 'ballast_bytes']],
  ['the program has its own traces (telemetry)', ['use_otel_tracer']],
  [
    'one process without a ring',
    [
      ...['target', 'memberlist', 'partition_ring', 'metrics_generator_client'],
      ...['backend_scheduler', 'backend_scheduler_client', 'backend_worker'],
      ...['backend_worker_client', 'live_store_client', 'ingester_client'],
    ],
  ],
  [
    'a span is stored when its push is answered: there are no ingesters and no blocks',
    ['ingester', 'live_store', 'block_builder', 'ingest'],
  ],
  [
    'the store itself answers queries',
    ['querier', 'query_frontend', 'cache', 'autocomplete_filtering_enabled'],
  ],
]

/** Sections by name, with the reason why they have no effect. */
export const LOKI_WITHOUT_EFFECT = byName(LOKI)
export const TEMPO_WITHOUT_EFFECT = byName(TEMPO)

function byName(
  all: readonly (readonly [reason: string, names: readonly string[]])[],
): ReadonlyMap<string, string> {
  return new Map(all.flatMap(([reason, names]) => names.map((name) => [name, reason] as const)))
}
