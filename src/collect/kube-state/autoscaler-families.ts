import { listAt, numberAt, textAt, toObject, valueAt } from './object-fields.ts'
import { parseMilliQuantity, parseQuantity } from './quantity.ts'
import {
  conditions,
  count,
  created,
  deleted,
  described,
  gauge,
  generation,
  type Emit,
  type StateFamily,
  type StateKind,
} from './state-family.ts'

/** What a metric is measured on, and the field that says so. */
const SOURCES: Readonly<Record<string, string>> = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
}

export const HORIZONTAL_POD_AUTOSCALERS: StateKind = {
  group: 'autoscaling',
  version: 'v2',
  resource: 'horizontalpodautoscalers',
  isNamespaced: true,
  label: 'horizontalpodautoscaler',
  families: [
    gauge('kube_horizontalpodautoscaler_info', 'What it scales.', (object, emit) => {
      const target = valueAt(object, ['spec', 'scaleTargetRef'])
      emit(
        1,
        ...['scaletargetref_api_version', textAt(target, 'apiVersion')],
        ...['scaletargetref_kind', textAt(target, 'kind')],
        ...['scaletargetref_name', textAt(target, 'name')],
      )
    }),
    created('kube_horizontalpodautoscaler_created'),
    deleted('kube_horizontalpodautoscaler_deletion_timestamp'),
    ...described('kube_horizontalpodautoscaler'),
    generation('kube_horizontalpodautoscaler_metadata_generation'),
    count(
      'kube_horizontalpodautoscaler_spec_max_replicas',
      'Pods that there may be at most.',
      ...['spec', 'maxReplicas'],
    ),
    gauge(
      'kube_horizontalpodautoscaler_spec_min_replicas',
      'Pods that there are at least.',
      (object, emit) => emit(numberAt(object, 'spec', 'minReplicas') ?? 1),
    ),
    tolerance('down', 'scaleDown'),
    tolerance('up', 'scaleUp'),
    gauge('kube_horizontalpodautoscaler_spec_target_metric', 'What it aims at.', (object, emit) =>
      emitMetrics(listAt(object, 'spec', 'metrics'), 'target', emit),
    ),
    gauge(
      'kube_horizontalpodautoscaler_status_target_metric',
      'What it measures.',
      (object, emit) => emitMetrics(listAt(object, 'status', 'currentMetrics'), 'current', emit),
    ),
    count(
      'kube_horizontalpodautoscaler_status_current_replicas',
      'Pods that there are.',
      ...['status', 'currentReplicas'],
    ),
    count(
      'kube_horizontalpodautoscaler_status_desired_replicas',
      'Pods that it wants.',
      ...['status', 'desiredReplicas'],
    ),
    conditions('kube_horizontalpodautoscaler_status_condition', 'Its conditions.'),
  ],
}

function tolerance(direction: 'down' | 'up', key: 'scaleDown' | 'scaleUp'): StateFamily {
  const name = `kube_horizontalpodautoscaler_spec_behavior_scale_${direction}_tolerance`
  return gauge(name, `How far off it may be before it scales ${direction}.`, (object, emit) => {
    const value = parseQuantity(valueAt(object, ['spec', 'behavior', key, 'tolerance']))
    if (value !== undefined) emit(value)
  })
}

function emitMetrics(metrics: readonly unknown[], field: 'target' | 'current', emit: Emit): void {
  for (const metric of metrics) {
    const source = toObject(valueAt(metric, [SOURCES[textAt(metric, 'type')] ?? '']))
    if (source === undefined) continue
    const name = textAt(source, 'name') || textAt(source, 'metric', 'name')
    const measured = source[field]
    const values = {
      value: parseMilliQuantity(valueAt(measured, ['value'])),
      utilization: numberAt(measured, 'averageUtilization'),
      average: parseMilliQuantity(valueAt(measured, ['averageValue'])),
    }
    const container = textAt(source, 'container')
    for (const [type, value] of Object.entries(values)) {
      if (value === undefined) continue
      emit(value, 'metric_name', name, 'metric_target_type', type, 'container', container)
    }
  }
}
