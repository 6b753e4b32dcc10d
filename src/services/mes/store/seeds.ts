import { createHash } from "node:crypto";

/** The partner of demonstrations; its key is in the README. */
const demoKey = createHash("sha256").update("alx_partner_demo_0123456789abcdef").digest("hex");

export const seedPartners = `
  INSERT INTO partner (partner_id, name) VALUES ('7f0c1d2e-0000-4000-8000-00000000d001', 'Demo Partner');
  INSERT INTO api_key (key_hash, partner_id) VALUES ('\\x${demoKey}', '7f0c1d2e-0000-4000-8000-00000000d001');
`;

/** Prices in kopecks. Densities from material data sheets; rates and build rates of a small workshop. */
export const seedPriceBook = `
  INSERT INTO price_book (version, currency, machine_minor_per_hour, setup_minor, minimum_minor) VALUES (1, 'RUB', 45000, 15000, 50000);
  INSERT INTO material (price_book_version, code, name, density_kg_m3, rate_minor_per_kg, build_rate_mm3_per_hour) VALUES
    (1, 'PLA', 'PLA plastic', 1240, 250000, 24000),
    (1, 'PETG', 'PETG plastic', 1270, 280000, 22000),
    (1, 'ABS', 'ABS plastic', 1040, 300000, 20000),
    (1, 'NYLON', 'Nylon PA12', 1010, 900000, 18000),
    (1, 'RESIN', 'Photopolymer resin', 1150, 700000, 15000),
    (1, 'STEEL', 'Stainless steel 316L', 7990, 1500000, 6000),
    (1, 'TITANIUM', 'Titanium Ti-6Al-4V', 4430, 6000000, 5000),
    (1, 'SILVER', 'Sterling silver 925', 10360, 15000000, 8000),
    (1, 'GOLD', 'Gold 585', 13600, 650000000, 8000);
  INSERT INTO finish (price_book_version, code, name, rate_minor_per_dm2) VALUES
    (1, 'RAW', 'As it comes', 0),
    (1, 'POLISHED', 'Polished', 60000),
    (1, 'PAINTED', 'Painted', 35000);
`;
