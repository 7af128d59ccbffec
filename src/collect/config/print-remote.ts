import { formatDurationMs } from '../../model/duration.ts'
import { printHttp, redactUrl } from '../../outbound/print-http-client.ts'
import { nonZero, pick } from '../../yaml/plain.ts'
import { printRelabel } from './print-relabel.ts'
import type { QueueConfig, RemoteReadConfig, RemoteWriteConfig } from './remote.ts'
import type { PlainRecord } from '../../yaml/section.ts'

const yes = (value: boolean): true | undefined => (value ? true : undefined)

export function printRemoteWrite(config: RemoteWriteConfig): PlainRecord {
  const { metadata } = config
  return {
    url: redactUrl(config.url),
    remote_timeout: formatDurationMs(config.remoteTimeoutMs),
    ...pick({
      headers: config.headers,
      write_relabel_configs: printRelabel(config.writeRelabelConfigs),
      name: config.name,
      send_exemplars: yes(config.sendExemplars),
      send_native_histograms: yes(config.sendNativeHistograms),
      round_robin_dns: yes(config.roundRobinDns),
    }),
    protobuf_message: config.protobufMessage,
    ...pick({ failed_request_logging: yes(config.failedRequestLogging) }),
    ...printHttp(config.http),
    queue_config: printQueue(config.queue),
    metadata_config: {
      send: metadata.send,
      send_interval: formatDurationMs(metadata.sendIntervalMs),
      max_samples_per_send: metadata.maxSamplesPerSend,
    },
    ...pick({ sigv4: config.sigv4, azuread: config.azuread, google_iam: config.googleIam }),
  }
}

function printQueue(queue: QueueConfig): PlainRecord {
  return {
    capacity: queue.capacity,
    max_shards: queue.maxShards,
    min_shards: queue.minShards,
    max_samples_per_send: queue.maxSamplesPerSend,
    batch_send_deadline: formatDurationMs(queue.batchSendDeadlineMs),
    min_backoff: formatDurationMs(queue.minBackoffMs),
    max_backoff: formatDurationMs(queue.maxBackoffMs),
    ...pick({
      retry_on_http_429: yes(queue.retryOnHttp429),
      sample_age_limit: nonZero(queue.sampleAgeLimitMs, formatDurationMs),
    }),
  }
}

export function printRemoteRead(config: RemoteReadConfig): PlainRecord {
  return {
    url: redactUrl(config.url),
    remote_timeout: formatDurationMs(config.remoteTimeoutMs),
    chunked_read_limit: config.chunkedReadLimitBytes,
    ...pick({
      headers: config.headers,
      read_recent: yes(config.readRecent),
      name: config.name,
    }),
    ...printHttp(config.http),
    ...pick({ required_matchers: config.requiredMatchers }),
    filter_external_labels: config.filterExternalLabels,
  }
}
