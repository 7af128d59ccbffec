/** An entry of the answer of `GET /loki/api/v1/delete`. Times are Unix seconds. */
export interface DeleteRequestJson {
  readonly request_id: string
  readonly start_time: number
  readonly end_time: number
  readonly query: string
  readonly status: 'received' | 'processed'
  readonly created_at: number
  readonly user_id: string
}
