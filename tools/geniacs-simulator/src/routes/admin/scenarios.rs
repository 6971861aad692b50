//! `/admin/scenarios` and `/admin/scenario`.

use super::{faults, refuse_order};
use crate::app::App;
use crate::scenarios::Scenario;
use actix_web::web::{Data, Json, ServiceConfig, get, post, resource};
use actix_web::{Error, HttpResponse};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn configure_scenarios(config: &mut ServiceConfig) {
    config
        .service(resource("/scenarios").route(get().to(list_scenarios)))
        .service(resource("/scenario").route(post().to(choose_scenario)));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioChoice {
    /// One, or several with commas between them.
    name: String,
}

async fn list_scenarios(app: Data<App>) -> Result<HttpResponse, Error> {
    let now = app.faults.current();
    let mut scenarios = Vec::with_capacity(Scenario::ALL.len());

    for scenario in Scenario::ALL {
        let faults = scenario.patch().map_err(|error| refuse_order(&error))?;
        let active = Scenario::faults_of(scenario.name).is_ok_and(|faults| faults == now);
        scenarios.push(json!({
            "name": scenario.name,
            "description": scenario.description,
            "faults": Value::Object(faults),
            "active": active,
        }));
    }

    Ok(HttpResponse::Ok().json(json!({"scenarios": scenarios})))
}

/// Takes all faults back and sets those of the scenario.
async fn choose_scenario(app: Data<App>, choice: Json<ScenarioChoice>) -> Result<HttpResponse, Error> {
    let chosen = Scenario::faults_of(&choice.name).map_err(|error| refuse_order(&error))?;
    app.faults.clear();
    faults::put_faults(&app, chosen);
    Ok(HttpResponse::Ok().json(app.faults.current()))
}
