import type { Settings } from "../../stack/settings";
import { addressesOf, gatewayUrls } from "../../stack/instances";
import { createCustomerDoor, type CustomerDoor, signIn } from "../../tools/demo/customer-door";
import { persist } from "../../tools/demo/persist";
import { openStaffDoor, type StaffDoor } from "../../tools/demo/staff-door";
import { seeds } from "../../tools/seeds";
import type { ServiceHost } from "../../platform/lifecycle";

/** Who uses the system, signed in, each by the doors that are theirs. */
export type People = {
  customer: CustomerDoor;
  staff: StaffDoor;
  tokens: { customer: string; seller: string; operator: string };
};

export async function signInPeople(host: ServiceHost, settings: Settings): Promise<People> {
  const gateways = gatewayUrls(settings);
  const [customer, seller, operator] = await Promise.all(
    [seeds.customers[0], seeds.seller, seeds.operator].map((email) =>
      // A system that has just started is slow to check passwords.
      persist(
        () => signIn(gateways, email, seeds.password),
        () => true,
      ),
    ),
  );
  const tokens = { customer: customer!, seller: seller!, operator: operator! };
  const addresses = {
    operator: addressesOf(settings, "mes-operator", "mesOperator"),
    crm: addressesOf(settings, "crm", "crm"),
  };
  return {
    customer: createCustomerDoor("customer", gateways, { authorization: `Bearer ${customer}` }),
    staff: await openStaffDoor(host, addresses, tokens),
    tokens,
  };
}
