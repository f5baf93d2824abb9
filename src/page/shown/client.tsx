import type { AlertRow } from '../../triage/answers.ts';
import { countryName } from './country-name.ts';
import { ForeignText } from './foreign-text.tsx';

type Located = Pick<AlertRow, 'clientAddress' | 'country' | 'city' | 'asOrg'>;

/** The client's address with where it is, in brief. */
export function Client({ row: { clientAddress, country, city, asOrg } }: { readonly row: Located }) {
  const place = [city, country && countryName(country), asOrg].filter(Boolean).join(', ');
  return (
    <span class="client" title={place}>
      <abbr class={country === undefined ? 'country-code unknown' : 'country-code'} title={place}>
        {country ?? (clientAddress === undefined ? '' : '–')}
      </abbr>
      {clientAddress !== undefined && (
        <span class="mono client-address">
          <ForeignText text={clientAddress} max={45} brief />
        </span>
      )}
    </span>
  );
}
