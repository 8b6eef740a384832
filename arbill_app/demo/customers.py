"""The demo company's customers, one a line:

company | street, suite | city | mail domain | people (name/position; a star: no portal) | tags | group | options

Options: `net` days, `ein`, `legal` name, `tax` rate, `ship`=street @ city, `flow`=auto.
"""

TAGS = (
    ("Managed IT", "green", "Monthly support and monitoring."),
    ("VoIP", "blue", "Phones that we run."),
    ("Backup", "violet", "Nightly copies off site."),
    ("Projects", "amber", "Work at a fixed price."),
    ("Retainer", "grey", "Hours bought in advance."),
    ("VIP", "red", "Call back within the hour."),
)
# (name, payment terms that its members inherit)
GROUPS = (("Healthcare", "30"), ("Legal", "30"), ("Trades", "15"), ("Hospitality", "7"), ("Public sector", "45"))

US_CITIES = """
Columbus OH 43215|Dublin OH 43017|Westerville OH 43081|Cleveland OH 44114|Lakewood OH 44107|Cincinnati OH 45202
Dayton OH 45402|Toledo OH 43604|Akron OH 44308|Canton OH 44702|Sandusky OH 44870|Athens OH 45701|Granville OH 43023
Delaware OH 43015|Pittsburgh PA 15222|Erie PA 16501|Indianapolis IN 46204|Fort Wayne IN 46802|Detroit MI 48226
Ann Arbor MI 48104|Grand Rapids MI 49503|Louisville KY 40202|Lexington KY 40507|Chicago IL 60606|Wheeling WV 26003
Buffalo NY 14202|Rochester NY 14604|Nashville TN 37203|Milwaukee WI 53202|Boston MA 02110|Portland ME 04101
Burlington VT 05401|Denver CO 80202|Boise ID 83702|Minneapolis MN 55401
"""
CANADIAN_CITIES = """
Toronto ON M5H2N2|Ottawa ON K1P1J1|Hamilton ON L8P4Y5|London ON N6A4L9|Windsor ON N9A6S1|Kingston ON K7L2Z3
Montréal QC H2Y1C6|Québec QC G1R4S9|Laval QC H7V3Z4|Vancouver BC V5Y1V4|Calgary AB T2P2M5|Halifax NS B3J3A5
Winnipeg MB R3B1B9|St. John’s NL A1C5M2
"""


def _cities(country: str, rows: str) -> dict[str, tuple[str, str, str]]:
    """`{"Columbus": ("OH", "43215", "US")}`"""
    parts = (row.rsplit(" ", 2) for row in rows.strip().replace("\n", "|").split("|"))
    return {city: (region, postal_code, country) for city, region, postal_code in parts}


CITIES = _cities("US", US_CITIES) | _cities("CA", CANADIAN_CITIES)

CUSTOMERS = """
Bluebird Dental|480 Juniper Street|Columbus|bluebird|Ada Quill; Rowan Pike/Bookkeeper*|Managed IT,VIP|Healthcare|net=15;ein=91-1144442;flow=auto
Alder & Finch Law|75 Garrison Street, Floor 6|Columbus|alderfinch|Ines Moreau/Partner; Hal Finch/Partner|Retainer|Legal|ein=31-5550118;legal=Alder & Finch Law LLP
Cedar Point Logistics|2200 Harbor Freight Road|Sandusky|cedarpoint|Tomas Reyes/Operations|Managed IT||ein=34-5550129;ship=5 Pier Four @ Toledo
Clinique Beaulieu|1440 rue des Tilleuls|Montréal|beaulieu|Lucie Gagnon/Directrice|VoIP|Healthcare|tax=14.975
Evergreen Property Group|311 Summit Avenue, Suite 900|Cleveland|evergreen|Sam Okafor/Controller; Lena Voss; Idris Cole*|Managed IT||net=45;flow=auto;legal=Evergreen Property Group, Inc.
Foxglove Studio|18 Mill Lane|Athens|foxglove|Noor Haddad|Projects||net=0
Granite Peak Builders|640 Quarry Road|Akron|granitepeak|Dana Whitlock/Office manager|Backup,VoIP|Trades|ein=34-5550161
Harbour Street Clinic|12 Harbour Street|Halifax|harbourst|Priya Nair/Practice manager; Owen Slade|Managed IT|Healthcare|tax=14
Juniper Accounting|90 Ledger Court|Westerville|juniper|Leo Brandt|Retainer||ein=31-5550174
Kestrel Aviation|4 Hangar Row|Dayton|kestrelair|Mina Dufresne/Dispatcher|Managed IT,Backup||ship=9 Hangar Row @ Columbus
Larkspur Veterinary|1207 Orchard Pike|Dublin|larkspurvet|Cal Winters/Veterinarian; Joy Emmett|Managed IT|Healthcare|tax=7.5
Maple & Main Bakery|33 Main Street|Granville|maplemain|Greta Holm|VoIP|Hospitality|
Meridian Title Agency|500 Courthouse Square|Cincinnati|meridiantitle|Victor Aldana/Closing officer|Managed IT,Backup|Legal|ein=31-5550183
Midtown Orthopedics|820 Grant Avenue, Suite 310|Columbus|midtownortho|Bea Lindqvist/Administrator; Theo Park|Managed IT,VIP|Healthcare|net=45;legal=Midtown Orthopedic Associates, Inc.
Moss & Timber Cabins|71 Hollow Creek Road|Athens|mosstimber|Abel Ross|Projects|Hospitality|
Northlake Credit Union|1 Northlake Center|Toledo|northlakecu|Sylvie Tran/Compliance; Marcus Bell|Managed IT,Backup,VIP||net=30;flow=auto
Oakline Cabinets|215 Sawyer Street|Canton|oakline|Ruth Kessler|Backup|Trades|ein=34-5550195
Old Canal Books|8 Lock Street|Delaware|oldcanal|Philip Amara|VoIP||net=0
Orchid Day Spa|455 Terrace Drive|Cincinnati|orchidspa|Camille Hart/Owner|VoIP|Hospitality|tax=7.8
Osprey Marine Supply|60 Dockyard Road|Erie|ospreymarine|Nils Aker/Purchasing; Dora Finn|Projects||ein=25-5550109
Paper Crane Design|29 Kite Street, Studio 4|Pittsburgh|papercrane|Yuki Tanaka|Projects||
Pinecrest Academy|700 Pinecrest Boulevard|Westerville|pinecrest|Joan Mercer/Bursar; Elias Wynn*|Managed IT,VoIP|Public sector|ein=31-5550206
Quarry Hill Brewing|14 Quarry Hill|Akron|quarryhill|Finn Castellan|VoIP|Hospitality|tax=6.75
Red Door Realty|120 Elm Street|Lakewood|reddoor|Paula Stone; Amir Sadek|Managed IT||
Ridgeway Plumbing|3300 Ridge Road|Canton|ridgeway|Gus Halloran/Owner|Backup|Trades|ein=34-5550212
Riverbend Pediatrics|260 River Street|Dayton|riverbend|Nadia Rahman/Practice manager|Managed IT,Backup|Healthcare|
Saffron Table|9 Market Square|Columbus|saffrontable|Anil Mehra|VoIP|Hospitality|tax=7.5
Sable Insurance Agency|41 Commerce Street|Fort Wayne|sableins|Tara Quist/Agent|Managed IT||ein=35-5550224
Silverleaf Senior Living|1900 Linden Parkway|Indianapolis|silverleaf|Hope Danner/Director; Ray Solis; Kit Moran*|Managed IT,VoIP,VIP|Healthcare|net=60
Sixth Street Theatre|606 Sixth Street|Pittsburgh|sixthstreet|Oscar Bloom|Projects||
Skyline Roofing|88 Girder Avenue|Detroit|skylineroof|Vera Novak/Office manager|Backup|Trades|ein=38-5550236
Starling Music School|52 Chapel Street|Ann Arbor|starlingmusic|Ida Fenn|VoIP||
Stonebridge Mediation|10 Bridge Street, Floor 2|Grand Rapids|stonebridge|Carl Imhoff|Retainer|Legal|
Sugarbush Outfitters|77 Trail Street|Burlington|sugarbush|Mae Tolland; Pat Corr|Projects||
Summit Ridge Dental|905 Summit Ridge Road|Louisville|summitridge|Ewan Pryce/Dentist; Lila Boone/Front desk|Managed IT|Healthcare|ein=61-5550248
Sunfield Organics|1320 County Road 9|Lexington|sunfield|Bram Ellery|Backup||
Tallgrass Surveying|46 Meridian Street|Indianapolis|tallgrass|Eve Sandoval|Projects|Trades|
Tern & Tide Seafood|3 Wharf Street|Portland|terntide|Jude Marlow|VoIP|Hospitality|
Thistle & Thread|64 Weaver Street|Chicago|thistlethread|Fiona Bask|Projects||ship=700 Loom Street @ Milwaukee
Three Rivers Physio|150 Ferry Street|Pittsburgh|threerivers|Milo Kaplan; Zara Obi|Managed IT|Healthcare|net=15
Township of Elder Creek|1 Township Hall Road|Delaware|eldercreek|Alma Petty/Clerk|Managed IT,Backup|Public sector|ein=31-5550251
Umbra Lighting|27 Lumen Street|Buffalo|umbra|Ivo Strand|Projects||
Vantage Point Optics|610 Lens Avenue|Rochester|vantageoptics|Della Crane; Hugo Pratt|Managed IT|Healthcare|ein=16-5550263
Violet Lane Events|85 Violet Lane|Nashville|violetlane|Sasha Whelan|VoIP|Hospitality|
Wheelhouse Cycles|19 Spoke Street|Milwaukee|wheelhouse|Andre Polk|Backup||
Whitfield & Sons Electric|480 Conduit Road|Wheeling|whitfield|June Whitfield/Owner; Roy Whitfield|Managed IT|Trades|ein=55-5550275
Willow Creek Montessori|233 Willow Creek Road|Boise|willowcreek|Tilda Rowe|VoIP|Public sector|
Windrose Travel|100 Compass Street|Boston|windrose|Nell Abara|Managed IT||
Yarrow Pharmacy|56 Yarrow Street|Minneapolis|yarrow|Stellan Moe/Pharmacist|Managed IT,Backup|Healthcare|net=30
Atelier Lavande|210 rue Saint-Alban|Québec|lavande|Maude Tremblant|Projects||tax=14.975
Boréal Arpentage|88 boulevard des Pins|Laval|boreal|Étienne Roc; Solène Dubé*|Managed IT|Trades|tax=14.975;legal=Boréal Arpentage inc.
Capilano Ferns|1440 Fernwood Way|Vancouver|capilanoferns|Mei Chow|VoIP||tax=12
Chinook Physiotherapy|75 Foothill Avenue|Calgary|chinookphysio|Grant Loewen/Owner|Managed IT|Healthcare|tax=5
Copper Kettle Foods|300 Steelworks Road|Hamilton|copperkettle|Rita Bocek; Sean Dorr|Backup||tax=13
Limestone Legal|22 Prison Lane|Kingston|limestonelegal|Margot Sears/Solicitor|Retainer|Legal|tax=13
Rideau Family Health|61 Canal Walk|Ottawa|rideauhealth|Anaïs Prud’homme/Manager; Kofi Mensah|Managed IT,VIP|Healthcare|tax=13;net=45
Signal Hill Outfitting|14 Beacon Road|St. John’s|signalhill|Bride Noonan|Projects||tax=15
Thames Valley Tile|905 Grout Street|London|thamestile|Piotr Zielak|Backup|Trades|tax=13
Walkerville Printworks|47 Platen Street|Windsor|walkerville|Corinne Abbey|Projects||tax=13
Prairie Lantern Hotel|500 Exchange Street|Winnipeg|prairielantern|Dev Anand; Hana Sorel/Front office|VoIP|Hospitality|tax=12;ship=502 Exchange Street @ Winnipeg
Umber Coffee Carts|12 Roast Alley|Denver|umbercoffee|Lou Farrow|Projects|Hospitality|
""".strip().split("\n")  # noqa: E501

UNFINISHED = (
    "Dockside Coffee Roasters|31 Wharf Road|Cleveland|docksideroast|||Hospitality|",
    "Lantern Hill Brewing|210 Lantern Hill|Columbus|lanternhill||VoIP||net=15",
)
ARCHIVED = "Umber Coffee Carts"
