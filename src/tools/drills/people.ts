import type { ServiceHost } from "../../platform/lifecycle";
import { addressesOf, gatewayUrls } from "../../stack/instances";
import type { Settings } from "../../stack/settings";
import { createCustomerDoor, type CustomerDoor, signIn } from "../demo/customer-door";
import { openStaffDoor, type StaffDoor } from "../demo/staff-door";
import { seeds } from "../seeds";

/** One of each role, by the doors they use. */
export type People = {
  gatewayUrl: string;
  customer: CustomerDoor;
  partner: CustomerDoor;
  staff: StaffDoor;
  tokens: { customer: string; seller: string; operator: string };
};

/** Signs in the demonstration's people. What it opens belongs to `host`. */
export async function signInPeople(host: ServiceHost, settings: Settings): Promise<People> {
  const gatewayUrl = gatewayUrls(settings);
  const [customer, seller, operator] = await Promise.all(
    [seeds.customers[0], seeds.seller, seeds.operator].map((email) =>
      signIn(gatewayUrl, email, seeds.password),
    ),
  );
  const tokens = { customer: customer!, seller: seller!, operator: operator! };
  const addresses = {
    operator: addressesOf(settings, "mes-operator", "mesOperator"),
    crm: addressesOf(settings, "crm", "crm"),
  };
  return {
    gatewayUrl,
    customer: createCustomerDoor("customer", gatewayUrl, { authorization: `Bearer ${customer}` }),
    partner: createCustomerDoor("partner", gatewayUrl, { "x-api-key": seeds.partnerApiKey }),
    staff: await openStaffDoor(host, addresses, tokens),
    tokens,
  };
}
