const METRICS = 9
const INSTANCES = 50
const PER_GROUP = 20

interface ShapeOf {
  /** Of twenty rules. */
  readonly share: number
  readonly kind: 'alert' | 'record'
  readonly expr: (metric: string, instance: string) => string
}

/** What field rules look like: many look at one instance, some at a whole metric. The series are those of data.ts. */
const SHAPES: readonly ShapeOf[] = [
  // 20 series
  { share: 8, kind: 'alert', expr: (m, i) => `${m}{instance="${i}"} > 1e12` },
  // 250 series
  {
    share: 4,
    kind: 'record',
    expr: (m) => `sum by (region) (rate(${m}{code="500"}[5m]))`,
  },
  // 1,000 series, 400 of them twice
  {
    share: 2,
    kind: 'alert',
    expr: (m) =>
      `sum by (instance) (rate(${m}{code=~"5.."}[5m])) / sum by (instance) (rate(${m}[5m])) > 0.99`,
  },
  // 950 series
  {
    share: 1,
    kind: 'record',
    expr: () =>
      'histogram_quantile(0.9, sum by (le, region) (rate(bench_latency_seconds_bucket[5m])))',
  },
  // 10 series
  { share: 3, kind: 'alert', expr: () => 'bench_build_info{version="1.3.0"} == 0' },
  // 1,000 series
  { share: 2, kind: 'alert', expr: (m) => `sum by (instance) (rate(${m}[5m])) > 1e12` },
]

/** A rule file with so many rules, in groups of twenty. */
export function benchRules(count: number): string {
  const kinds = SHAPES.flatMap((shape) => Array.from({ length: shape.share }, () => shape))
  const lines = ['groups:']
  for (let n = 0; n < count; n++) {
    if (n % PER_GROUP === 0) lines.push(`  - name: group${n / PER_GROUP}`, '    rules:')
    const { kind, expr } = kinds[n % kinds.length] as ShapeOf
    const text = expr(
      `bench_requests_${Math.floor(n / PER_GROUP) % METRICS}_total`,
      `host-${n % INSTANCES}:8080`,
    )
    lines.push(`      - ${kind}: ${kind === 'alert' ? `Alert${n}` : `bench:rule:${n}`}`)
    lines.push(`        expr: '${text}'`)
    if (kind === 'alert') {
      lines.push('        for: 5m', '        labels: {severity: page}')
      lines.push('        annotations: {summary: "{{ $labels.instance }}: {{ $value }}"}')
    }
  }
  return `${lines.join('\n')}\n`
}
