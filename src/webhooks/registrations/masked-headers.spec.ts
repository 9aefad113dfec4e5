import fc from 'fast-check';
import { MASK, maskHeaders } from '../../auth/mask.js';
import { restoreMaskedHeaders } from './masked-headers.js';

describe('restoreMaskedHeaders', () => {
  it('puts the stored value where its mask comes back, whatever the case of the name', () => {
    expect(
      restoreMaskedHeaders({ authorization: MASK, 'X-New': 'b' }, { Authorization: 'a', 'X-Gone': 'c' }),
    ).toEqual({
      headers: { authorization: 'a', 'X-New': 'b' },
      unknown: [],
    });
  });

  it('tells the names that nothing is stored for', () => {
    expect(restoreMaskedHeaders({ 'X-New': MASK }, { Authorization: 'a' }).unknown).toEqual(['X-New']);
    expect(restoreMaskedHeaders({ toString: MASK }, {}).unknown).toEqual(['toString']);
  });

  it('changes nothing when everything comes back as it was shown', () => {
    const name = fc.stringMatching(/^[a-z_-]{1,12}$/);
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), (stored) => {
        expect(restoreMaskedHeaders(maskHeaders(stored), stored)).toEqual({
          headers: { ...stored },
          unknown: [],
        });
      }),
    );
  });
});
