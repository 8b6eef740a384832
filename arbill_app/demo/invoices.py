"""The demo company's invoices, one a line:

company | issued how many days ago | due how many days after that | memo | amount, or lines | options

Lines are `description * quantity @ unit price - discount`, with semicolons between. Options, with semicolons between:
`po`, `void`, `credit`, `paid` (how, and its reference), `part` (no more than so much of it), `over` (so much too much).
"""

INVOICES = """
Bluebird Dental|96|15|August managed IT services|1180.00|paid=check:1042
Bluebird Dental|65|15|September managed IT services|1180.00|paid=check:1057
Bluebird Dental|34|15|October managed IT services|1180.00|
Bluebird Dental|4|15|November managed IT services|1180.00|
Alder & Finch Law|41|30|Retainer, October|2400.00|po=AF-2291;paid=wire:WT-88213
Alder & Finch Law|11|30|Retainer, November|2400.00|po=AF-2305
Cedar Point Logistics|72|30||IT, per seat * 42 @ 38.50; Scanners * 6 @ 312.00 - 10%|po=4500017731;paid=wire:CPL-0091
Cedar Point Logistics|12|30||Managed IT, per seat * 44 @ 38.50; Emergency call-out * 2.5 @ 145.00|po=4500018102
Clinique Beaulieu|38|30|Téléphonie, octobre|640.00|paid=check:0218
Clinique Beaulieu|8|30|Téléphonie, novembre|640.00|
Evergreen Property Group|58|45||IT, per building * 9 @ 410.00; Cameras * 36 @ 12.00|paid=check:77120;part=2000.00
Evergreen Property Group|28|45||Managed IT, per building * 9 @ 410.00; Camera licences * 40 @ 12.00|po=EPG-126
Foxglove Studio|19|0|Website care, autumn|350.00|
Granite Peak Builders|47|15|Backup and phones, October|286.40|paid=check:5530
Granite Peak Builders|17|15|Backup and phones, November|286.40|
Harbour Street Clinic|33|30||Workstations * 4 @ 1189.00 - 5%; Installation * 6 @ 120.00|
Juniper Accounting|25|30|Retainer, November|900.00|paid=check:3310;over=75.00
Kestrel Aviation|52|30|Dispatch network renewal|6250.00|credit=1250.00
Larkspur Veterinary|14|30||Practice software * 1 @ 2400.00; Training * 3 @ 140.00 - 60.00|
Maple & Main Bakery|29|7|Phones, October|118.00|paid=cash
Meridian Title Agency|20|30|Managed IT and backup|1740.00|
Midtown Orthopedics|81|45|Imaging server, first half|8400.00|po=MO-77;paid=wire:MOC-20417
Midtown Orthopedics|36|45|Imaging server, second half|8400.00|po=MO-77
Moss & Timber Cabins|61|7|Guest wireless|1525.00|
Northlake Credit Union|16|30||Managed IT, per branch * 7 @ 890.00; Penetration test * 1 @ 4800.00|po=NLCU-0457
Oakline Cabinets|23|15|Backup, quarter|210.00|void
Old Canal Books|2|0|Phones, November|64.00|paid=other:Card terminal
"""
# (company, memo, amount) of what somebody began.
DRAFTS = (
    ("Juniper Accounting", "Year-end file transfer", "475.00"),
    ("Meridian Title Agency", "Laptop refresh, quote accepted", "3120.00"),
)
