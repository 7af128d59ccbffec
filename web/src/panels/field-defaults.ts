import type { FieldConfig } from '../../../src/lang/dashboard/model.ts'

const PALETTE = new Set(['timeseries', 'barchart', 'histogram', 'piechart', 'trend', 'xychart'])

/** Green, and red from 80: what Grafana takes where a panel says nothing. */
const THRESHOLDS = {
  mode: 'absolute',
  steps: [
    { value: null, color: 'green' },
    { value: 80, color: 'red' },
  ],
}

function colorModeOf(type: string): string {
  if (PALETTE.has(type)) return 'palette-classic'
  return type === 'state-timeline' ? 'continuous-GrYlRd' : 'thresholds'
}

/** The field configuration with what its panel type takes where nothing is said. */
export function withTypeDefaults(type: string, config: FieldConfig): FieldConfig {
  const { defaults, overrides } = config
  return {
    defaults: {
      ...defaults,
      thresholds: defaults['thresholds'] ?? THRESHOLDS,
      color: defaults['color'] ?? { mode: colorModeOf(type) },
    },
    overrides,
  }
}
