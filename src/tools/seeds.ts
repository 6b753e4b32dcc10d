/** The accounts every fresh system has, for demonstrations; the README lists them. */
export const seeds = {
  password: "alexandrite",
  customers: ["anna@example.com", "boris@example.com"],
  seller: "sofia@example.com",
  operator: "oleg@example.com",
  partnerApiKey: "alx_partner_demo_0123456789abcdef",
} as const;
