import './loading.css';

/** Said where the answer takes longer than one would notice. */
export function Loading() {
  return (
    <p class="loading" role="status">
      Loading…
    </p>
  );
}
