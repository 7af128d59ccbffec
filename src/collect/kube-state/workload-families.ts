import { nextRun } from './cron-schedule.ts'
import {
  hasObjectAt,
  isTrueAt,
  listAt,
  numberAt,
  secondsAt,
  textAt,
  valueAt,
} from './object-fields.ts'
import {
  condition,
  count,
  created,
  deleted,
  described,
  emitStatuses,
  flag,
  gauge,
  generation,
  info,
  optional,
  owner,
  resourceVersion,
  seconds,
  type StateFamily,
  type StateKind,
} from './state-family.ts'

const APPS = { group: 'apps', version: 'v1', isNamespaced: true } as const
const BATCH = { group: 'batch', version: 'v1', isNamespaced: true } as const

/** Reasons of a Deployment's conditions; others are shown as `unknown`, so that no free text becomes a label. */
const DEPLOYMENT_REASONS = new Set([
  ...['', 'ReplicaSetUpdated', 'ReplicaSetCreateError', 'NewReplicaSetCreated'],
  ...['FoundNewReplicaSet', 'NewReplicaSetAvailable', 'ProgressDeadlineExceeded'],
  ...['DeploymentPaused', 'DeploymentResumed', 'MinimumReplicasAvailable'],
  'MinimumReplicasUnavailable',
])

export const DEPLOYMENTS: StateKind = {
  ...APPS,
  resource: 'deployments',
  label: 'deployment',
  families: [
    created('kube_deployment_created'),
    deleted('kube_deployment_deletion_timestamp'),
    owner('kube_deployment_owner', { isShort: true }),
    ...described('kube_deployment'),
    count('kube_deployment_status_replicas', 'Pods that there are.', 'status', 'replicas'),
    count(
      'kube_deployment_status_replicas_ready',
      'Pods that are ready.',
      'status',
      'readyReplicas',
    ),
    count(
      'kube_deployment_status_replicas_available',
      'Pods that are ready for long enough.',
      ...['status', 'availableReplicas'],
    ),
    count(
      'kube_deployment_status_replicas_unavailable',
      'Pods that are missing.',
      ...['status', 'unavailableReplicas'],
    ),
    count(
      'kube_deployment_status_replicas_updated',
      'Pods of the newest template.',
      ...['status', 'updatedReplicas'],
    ),
    optional(
      'kube_deployment_status_terminating_replicas',
      'Pods that are ending.',
      ...['status', 'terminatingReplicas'],
    ),
    count(
      'kube_deployment_status_observed_generation',
      'The generation that its controller has seen.',
      ...['status', 'observedGeneration'],
    ),
    gauge('kube_deployment_status_condition', 'Its conditions.', (object, emit) => {
      for (const one of listAt(object, 'status', 'conditions')) {
        const said = textAt(one, 'reason')
        const reason = DEPLOYMENT_REASONS.has(said) ? said : 'unknown'
        emitStatuses(emit, one, 'status', 'reason', reason, 'condition', textAt(one, 'type'))
      }
    }),
    optional('kube_deployment_spec_replicas', 'Pods that are wanted.', 'spec', 'replicas'),
    flag('kube_deployment_spec_paused', 'Whether it is paused.', 'spec', 'paused'),
    rolling(
      'kube_deployment_spec_strategy_rollingupdate_max_unavailable',
      'Pods that may be missing during an update.',
      'maxUnavailable',
    ),
    rolling(
      'kube_deployment_spec_strategy_rollingupdate_max_surge',
      'Pods that may be too many during an update.',
      'maxSurge',
    ),
    generation('kube_deployment_metadata_generation'),
  ],
}

/** A number of pods, or a share of those that are wanted: of the surge rounded up, else down. */
function rolling(name: string, help: string, key: 'maxUnavailable' | 'maxSurge'): StateFamily {
  return gauge(name, help, (object, emit) => {
    const wanted = numberAt(object, 'spec', 'replicas')
    const said = valueAt(object, ['spec', 'strategy', 'rollingUpdate', key])
    if (typeof said === 'number') emit(said)
    if (typeof said !== 'string' || wanted === undefined || !/^\d+%$/.test(said)) return
    const share = (wanted * Number(said.slice(0, -1))) / 100
    emit(key === 'maxSurge' ? Math.ceil(share) : Math.floor(share))
  })
}

export const REPLICASETS: StateKind = {
  ...APPS,
  resource: 'replicasets',
  label: 'replicaset',
  families: [
    created('kube_replicaset_created'),
    owner('kube_replicaset_owner'),
    ...described('kube_replicaset'),
    count('kube_replicaset_status_replicas', 'Pods that there are.', 'status', 'replicas'),
    count(
      'kube_replicaset_status_fully_labeled_replicas',
      'Pods that have the labels of the template.',
      ...['status', 'fullyLabeledReplicas'],
    ),
    count(
      'kube_replicaset_status_ready_replicas',
      'Pods that are ready.',
      ...['status', 'readyReplicas'],
    ),
    optional(
      'kube_replicaset_status_terminating_replicas',
      'Pods that are ending.',
      ...['status', 'terminatingReplicas'],
    ),
    count(
      'kube_replicaset_status_observed_generation',
      'The generation that its controller has seen.',
      ...['status', 'observedGeneration'],
    ),
    optional('kube_replicaset_spec_replicas', 'Pods that are wanted.', 'spec', 'replicas'),
    generation('kube_replicaset_metadata_generation'),
  ],
}

export const STATEFULSETS: StateKind = {
  ...APPS,
  resource: 'statefulsets',
  label: 'statefulset',
  families: [
    created('kube_statefulset_created'),
    deleted('kube_statefulset_deletion_timestamp'),
    ...described('kube_statefulset'),
    count('kube_statefulset_status_replicas', 'Pods that there are.', 'status', 'replicas'),
    count(
      'kube_statefulset_status_replicas_available',
      'Pods that are ready for long enough.',
      ...['status', 'availableReplicas'],
    ),
    count(
      'kube_statefulset_status_replicas_current',
      'Pods of the current revision.',
      ...['status', 'currentReplicas'],
    ),
    count(
      'kube_statefulset_status_replicas_ready',
      'Pods that are ready.',
      ...['status', 'readyReplicas'],
    ),
    count(
      'kube_statefulset_status_replicas_updated',
      'Pods of the newest revision.',
      ...['status', 'updatedReplicas'],
    ),
    count(
      'kube_statefulset_status_observed_generation',
      'The generation that its controller has seen.',
      ...['status', 'observedGeneration'],
    ),
    optional('kube_statefulset_replicas', 'Pods that are wanted.', 'spec', 'replicas'),
    optional(
      'kube_statefulset_ordinals_start',
      'Number of its first pod.',
      'spec',
      'ordinals',
      'start',
    ),
    generation('kube_statefulset_metadata_generation'),
    gauge(
      'kube_statefulset_persistentvolumeclaim_retention_policy',
      'What becomes of its claims.',
      (object, emit) => {
        const path = ['spec', 'persistentVolumeClaimRetentionPolicy']
        const whenDeleted = textAt(object, ...path, 'whenDeleted')
        const whenScaled = textAt(object, ...path, 'whenScaled')
        if (whenDeleted !== '' || whenScaled !== '')
          emit(1, 'when_deleted', whenDeleted, 'when_scaled', whenScaled)
      },
    ),
    info('kube_statefulset_status_current_revision', 'Its current revision.', {
      revision: ['status', 'currentRevision'],
    }),
    info('kube_statefulset_status_update_revision', 'Its newest revision.', {
      revision: ['status', 'updateRevision'],
    }),
  ],
}

const DAEMON_COUNTS = [
  ['current_number_scheduled', 'currentNumberScheduled', 'Nodes that have it and should.'],
  ['desired_number_scheduled', 'desiredNumberScheduled', 'Nodes that should have it.'],
  ['number_available', 'numberAvailable', 'Nodes where it is ready for long enough.'],
  ['number_misscheduled', 'numberMisscheduled', 'Nodes that have it and should not.'],
  ['number_ready', 'numberReady', 'Nodes where it is ready.'],
  ['number_unavailable', 'numberUnavailable', 'Nodes where it is missing.'],
  ['observed_generation', 'observedGeneration', 'The generation that its controller has seen.'],
  ['updated_number_scheduled', 'updatedNumberScheduled', 'Nodes that have its newest template.'],
] as const

export const DAEMONSETS: StateKind = {
  ...APPS,
  resource: 'daemonsets',
  label: 'daemonset',
  families: [
    created('kube_daemonset_created'),
    deleted('kube_daemonset_deletion_timestamp'),
    ...described('kube_daemonset'),
    ...DAEMON_COUNTS.map(([suffix, field, help]) =>
      count(`kube_daemonset_status_${suffix}`, help, 'status', field),
    ),
    generation('kube_daemonset_metadata_generation'),
  ],
}

const JOB_FAILURES = ['BackoffLimitExceeded', 'DeadlineExceeded', 'Evicted']

export const JOBS: StateKind = {
  ...BATCH,
  resource: 'jobs',
  label: 'job_name',
  families: [
    info('kube_job_info', 'A job.', {}),
    created('kube_job_created'),
    owner('kube_job_owner'),
    ...described('kube_job'),
    optional('kube_job_spec_parallelism', 'Pods that may run at once.', 'spec', 'parallelism'),
    optional('kube_job_spec_completions', 'Pods that are to succeed.', 'spec', 'completions'),
    optional(
      'kube_job_spec_active_deadline_seconds',
      'How long it may take.',
      ...['spec', 'activeDeadlineSeconds'],
    ),
    count('kube_job_status_active', 'Pods that run.', 'status', 'active'),
    count('kube_job_status_ready', 'Pods that are ready.', 'status', 'ready'),
    count('kube_job_status_succeeded', 'Pods that succeeded.', 'status', 'succeeded'),
    jobFailures(),
    seconds('kube_job_status_start_time', 'When it began, in Unix time.', 'status', 'startTime'),
    seconds(
      'kube_job_status_completion_time',
      'When it was done, in Unix time.',
      ...['status', 'completionTime'],
    ),
    condition('kube_job_complete', 'Whether it is done.', 'Complete'),
    condition('kube_job_failed', 'Whether it has failed.', 'Failed'),
    gauge('kube_job_status_suspended', 'Whether it is held up.', (object, emit) => {
      for (const one of listAt(object, 'status', 'conditions'))
        if (textAt(one, 'type') === 'Suspended') emit(textAt(one, 'status') === 'True' ? 1 : 0)
    }),
  ],
}

/** 0 while none has failed; then 1 for the reason that the job gives, or the number of pods where it gives none that is known. */
function jobFailures(): StateFamily {
  return gauge('kube_job_status_failed', 'Pods that failed, and why.', (object, emit) => {
    const failed = numberAt(object, 'status', 'failed') ?? 0
    if (failed === 0) return emit(0)
    let isKnown = false
    for (const one of listAt(object, 'status', 'conditions')) {
      if (textAt(one, 'type') !== 'Failed') continue
      for (const reason of JOB_FAILURES) {
        const isIt = textAt(one, 'reason') === reason
        isKnown ||= isIt
        emit(isIt ? 1 : 0, 'reason', reason)
      }
    }
    if (!isKnown) emit(failed, 'reason', '')
  })
}

export const CRONJOBS: StateKind = {
  ...BATCH,
  resource: 'cronjobs',
  label: 'cronjob',
  families: [
    gauge('kube_cronjob_info', 'When and how it runs.', (object, emit) =>
      emit(
        1,
        ...['schedule', textAt(object, 'spec', 'schedule')],
        ...['concurrency_policy', textAt(object, 'spec', 'concurrencyPolicy')],
        ...['timezone', textAt(object, 'spec', 'timeZone') || 'local'],
      ),
    ),
    created('kube_cronjob_created'),
    ...described('kube_cronjob'),
    gauge('kube_cronjob_status_active', 'Jobs of it that run.', (object, emit) =>
      emit(listAt(object, 'status', 'active').length),
    ),
    seconds(
      'kube_cronjob_status_last_schedule_time',
      'When it was started the last time, in Unix time.',
      ...['status', 'lastScheduleTime'],
    ),
    seconds(
      'kube_cronjob_status_last_successful_time',
      'When it succeeded the last time, in Unix time.',
      ...['status', 'lastSuccessfulTime'],
    ),
    flag('kube_cronjob_spec_suspend', 'Whether it is held up.', 'spec', 'suspend'),
    optional(
      'kube_cronjob_spec_starting_deadline_seconds',
      'How late it may start.',
      ...['spec', 'startingDeadlineSeconds'],
    ),
    nextSchedule(),
    gauge('kube_cronjob_schedule_invalid', '1 where its schedule cannot be read.', (job, emit) => {
      if (nextRunOf(job) === 'invalid') emit(1)
    }),
    resourceVersion('kube_cronjob_metadata_resource_version'),
    optional(
      'kube_cronjob_spec_successful_job_history_limit',
      'Jobs that succeeded and are kept.',
      ...['spec', 'successfulJobsHistoryLimit'],
    ),
    optional(
      'kube_cronjob_spec_failed_job_history_limit',
      'Jobs that failed and are kept.',
      ...['spec', 'failedJobsHistoryLimit'],
    ),
  ],
}

function nextSchedule(): StateFamily {
  const help = 'When it is to run next, in Unix time.'
  return gauge('kube_cronjob_next_schedule_time', help, (object, emit) => {
    if (isTrueAt(object, 'spec', 'suspend')) return
    const next = nextRunOf(object)
    if (typeof next === 'number') emit(next)
  })
}

function nextRunOf(object: unknown): number | 'invalid' | undefined {
  if (!hasObjectAt(object, 'spec')) return undefined
  const since =
    secondsAt(object, 'status', 'lastScheduleTime') ??
    secondsAt(object, 'metadata', 'creationTimestamp')
  const schedule = textAt(object, 'spec', 'schedule')
  return nextRun(schedule, since, textAt(object, 'spec', 'timeZone'))
}
