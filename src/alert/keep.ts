import {
  listActiveAlerts,
  saveActiveAlerts,
  type StoredAlert,
} from '../store/metadata/active-alerts.ts'
import type { Metadata } from '../store/metadata/metadata.ts'
import {
  deleteNotificationsBefore,
  listNotifications,
  saveNotifications,
  type StoredNotification,
} from '../store/metadata/notification-log.ts'

/** Where alerts survive a restart. */
export interface AlertKeep {
  list(): Promise<readonly StoredAlert[]>
  /** All or none of it. */
  save(alerts: readonly StoredAlert[], forgotten: readonly string[]): Promise<void>
}

/** Where it survives a restart what receivers were told. */
export interface NotificationKeep {
  /** Entries that are still of use. */
  list(nowMs: number): Promise<readonly StoredNotification[]>
  save(entries: readonly StoredNotification[]): Promise<void>
  deleteBefore(nowMs: number): Promise<void>
}

export function keepAlertsIn(metadata: Metadata): AlertKeep {
  return {
    list: () => listActiveAlerts(metadata),
    save: (alerts, forgotten) => saveActiveAlerts(metadata, alerts, forgotten),
  }
}

export function keepNotificationsIn(metadata: Metadata): NotificationKeep {
  return {
    list: (nowMs) => listNotifications(metadata, nowMs),
    save: (entries) => saveNotifications(metadata, entries),
    deleteBefore: (nowMs) => deleteNotificationsBefore(metadata, nowMs),
  }
}

/** Nothing survives: for what is only replayed. */
export const KEEPS_NO_ALERTS: AlertKeep = {
  list: () => Promise.resolve([]),
  save: () => Promise.resolve(),
}

/** Nothing survives: for what is only replayed. */
export const KEEPS_NO_NOTIFICATIONS: NotificationKeep = {
  list: () => Promise.resolve([]),
  save: () => Promise.resolve(),
  deleteBefore: () => Promise.resolve(),
}
