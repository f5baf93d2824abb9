import type { AlertRow } from '../../triage/answers.ts';
import { cityValue, only } from '../place/filter.ts';
import { PlaceLink } from '../place/place-link.tsx';
import { useNavigation } from '../place/use-place.ts';
import { countryName } from '../shown/country-name.ts';
import { ForeignText } from '../shown/foreign-text.tsx';
import { Globe } from './globe.tsx';
import './whereabouts.css';

interface WhereaboutsProps {
  readonly row: AlertRow;
  readonly enrichment: Readonly<Record<string, unknown>>;
}

/** Who the client is and where: address, country, city, network, lists that it is on; with a globe. */
export function Whereabouts({ row, enrichment }: WhereaboutsProps) {
  const { place } = useNavigation();
  const { clientAddress, country, city, asn, asOrg, latitude, longitude } = row;
  const lists = Object.entries(enrichment).filter(([name, value]) => /^(threat|aws)\./.test(name) && value !== null);
  const only1 = (key: 'ip' | 'country' | 'city' | 'asn', value: string) => ({
    ...place,
    filter: only({ values: {} }, key, [value]),
  });
  return (
    <div class="whereabouts">
      <Globe country={country} latitude={latitude} longitude={longitude} />
      <dl>
        {clientAddress !== undefined && (
          <Fact name="Address">
            <PlaceLink to={only1('ip', clientAddress)} class="mono">
              <ForeignText text={clientAddress} max={60} brief />
            </PlaceLink>
          </Fact>
        )}
        {country !== undefined && (
          <Fact name="Country">
            <PlaceLink to={only1('country', country)}>{countryName(country)}</PlaceLink>
          </Fact>
        )}
        {city !== undefined && (
          <Fact name="City">
            {country === undefined ? (
              <ForeignText text={city} max={80} brief />
            ) : (
              <PlaceLink to={only1('city', cityValue(country, city))}>
                <ForeignText text={city} max={80} brief />
              </PlaceLink>
            )}
          </Fact>
        )}
        {asn !== undefined && (
          <Fact name="Network">
            <PlaceLink to={only1('asn', String(asn))}>AS{asn}</PlaceLink>{' '}
            <ForeignText text={asOrg ?? ''} max={80} brief />
          </Fact>
        )}
        {lists.map(([name, value]) => (
          <Fact key={name} name={name}>
            <ForeignText text={typeof value === 'string' ? value : JSON.stringify(value)} max={120} />
          </Fact>
        ))}
      </dl>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
