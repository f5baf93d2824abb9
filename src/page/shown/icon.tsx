/** Drawn on a grid of 16, in the colour of the text around. */
const icons = {
  close: 'M3.5 3.5l9 9m0-9l-9 9',
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M5 3l8 5l-8 5z',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9zM10.5 10.5l3.5 3.5',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6zM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M13 3l-1.2 1.2M4.2 11.8L3 13',
  moon: 'M13 9.6A5.6 5.6 0 1 1 6.4 3a4.5 4.5 0 0 0 6.6 6.6z',
  auto: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11zM8 2.5v11M8 5l4 1.5M8 8h5.4M8 11l4-.8',
  keyboard: 'M1.5 4.5h13v7h-13zM4 7h.01M6.7 7h.01M9.4 7h.01M12 7h.01M5 9.3h6',
  download: 'M8 2v8M4.8 7L8 10.2L11.2 7M2.5 13.5h11',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  chevron: 'M6 3.5L10.5 8L6 12.5',
  down: 'M8 3v10M4.5 9.5L8 13l3.5-3.5',
  back: 'M13.5 8H3M7 3.5L2.5 8L7 12.5',
  person: 'M8 2.5a2.6 2.6 0 1 0 0 5.2a2.6 2.6 0 1 0 0-5.2zM3 13.5c.5-2.6 2.5-4 5-4s4.5 1.4 5 4',
  clock: 'M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12zM8 4.8V8l2.2 1.6',
} as const;

export function Icon({ name }: { readonly name: keyof typeof icons }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={icons[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
