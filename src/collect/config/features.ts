import type { FaultList } from '../../yaml/fault.ts'
import { suggestName } from '../../yaml/suggest.ts'

/** Prometheus's features, and whether naming one changes anything here. */
const FEATURES: Readonly<Record<string, boolean>> = {
  'promql-experimental-functions': true,
  'promql-duration-expr': true,
  'promql-extended-range-selectors': true,
  'promql-binop-fill-modifiers': true,
  'promql-per-step-stats': false,
  'promql-delayed-name-removal': true,
  'auto-gomaxprocs': false,
  'auto-gomemlimit': false,
  'auto-reload-config': false,
  'concurrent-rule-eval': false,
  'created-timestamp-zero-ingestion': false,
  'delayed-compaction': false,
  'exemplar-storage': false,
  'extra-scrape-metrics': false,
  'fast-startup': false,
  'histograms-st-encoding': false,
  'memory-snapshot-on-shutdown': false,
  'metadata-wal-records': false,
  'native-histograms': false,
  'old-ui': false,
  'ooo-native-histograms': false,
  'otlp-deltatocumulative': true,
  'otlp-native-delta-ingestion': true,
  'search-api': false,
  'st-storage': false,
  'st-synthesis': false,
  'type-and-unit-labels': false,
  'use-start-timestamps': false,
  'use-uncached-io': false,
  'xor2-encoding': false,
}

/** Features that became a key of the configuration. */
const INSTEAD: Readonly<Record<string, string>> = {
  'native-histograms': 'scrape_native_histograms: true says that histograms are scraped so',
}

/**
 * Reads `--enable-feature`, where each text is a list by comma. As in Prometheus an unknown feature is no error: flags outlive
 * the version that they were written for.
 */
export function readFeatures(texts: readonly string[], faults: FaultList): ReadonlySet<string> {
  const names = texts.flatMap((text) => text.split(',')).filter((name) => name !== '')
  for (const name of names) {
    if (FEATURES[name] === true) continue
    const near = suggestName(name, Object.keys(FEATURES))
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    const message =
      FEATURES[name] === undefined
        ? `unknown feature ${JSON.stringify(name)}${hint}`
        : `${name} has no effect here${INSTEAD[name] === undefined ? '' : `; ${INSTEAD[name]}`}`
    faults.add({ file: '--enable-feature', line: 0, col: 0, message, severity: 'warning' })
  }
  return new Set(names)
}
